"""Finds the tests of a module as unittest does, and runs one of them under its derived name.

Part of the library libroundtrip_python, which runs it in the interpreter that it embeds.
"""

import builtins
import contextlib
import faulthandler
import fnmatch
import functools
import importlib.util
import inspect
import os
import pkgutil
import random
import signal
import sys
import sysconfig
import traceback
import unittest
import unittest.mock
import warnings

__unittest = True  # tracebacks leave out the frames of this module, as those of unittest
XFAIL_ATTRIBUTE = "_expected_failure_"
GLOB_CHARACTERS = "*?["


class SuiteError(Exception):
    """What is wrong with a suite's options, as a sentence."""


def check_torch(libtorch):
    """Refuses a torch that would bring a second LibTorch into this process."""
    spec = importlib.util.find_spec("torch")
    if spec is None:
        raise SuiteError(f"the Python '{sys.executable}' has no torch; install it there, or name another Python")
    own = os.path.join(os.path.dirname(spec.origin), "lib", "libtorch_cpu.so")
    if os.path.realpath(own) != os.path.realpath(libtorch):
        raise SuiteError(
            f"the torch of the Python '{sys.executable}' is not the one that Roundtrip uses: {own}, not "
            f"{libtorch}; name the Python whose torch Roundtrip was built with"
        )


def prepare():
    """Imports once what every export would import: the tests are forked from this process."""
    for module in ("torch._decomp.decompositions", "torch._dynamo.functional_export",
                   "torch._export.serde.serialize", "torch._functorch.aot_autograd", "torch._refs",
                   "torch.export._trace", "torch.export.pt2_archive._package"):  # fmt: skip
        with contextlib.suppress(ImportError):  # what is not there by this name is imported later
            importlib.import_module(module)


class Imports:
    """Which modules the user's modules import, as seen while they are imported."""

    # Where Python and installed packages are.
    FOREIGN = tuple(os.path.join(os.path.realpath(sysconfig.get_path(name)), "")
                    for name in ("stdlib", "platstdlib", "purelib", "platlib"))  # fmt: skip

    def __init__(self):
        self.named = {}  # by the importing module, the names in its import statements

    @contextlib.contextmanager
    def noted(self):
        original = builtins.__import__

        def noting(name, globals=None, locals=None, fromlist=(), level=0):
            module = original(name, globals, locals, fromlist, level)
            importer = (globals or {}).get("__name__")
            if importer is not None:
                package = globals.get("__package__") or ""
                whole = importlib.util.resolve_name("." * level + name, package) if level else name
                names = self.named.setdefault(importer, set())
                names.update([whole, *(f"{whole}.{part}" for part in fromlist or ())])
            return module

        with unittest.mock.patch.object(builtins, "__import__", noting):
            yield

    def file_of(self, name):
        """Of a module of the user's; None for others."""
        file = getattr(sys.modules.get(name), "__file__", None)
        return None if file is None or os.path.realpath(file).startswith(self.FOREIGN) else file

    def files(self, names):
        """The files of the user's modules among these, and of those that they import."""
        found, left, known = [], list(names), set()
        while left:
            name = left.pop()
            if name in known:
                continue
            known.add(name)
            left += [name.rpartition(".")[0]]  # its package
            if self.file_of(name) is not None:
                found.append(self.file_of(name))
                left += self.named.get(name, ())
        return sorted(found)


imports = Imports()


def users_traceback(error):
    """Without the frames of this module and of Python's import."""
    whole = link = traceback.TracebackException.from_exception(error)
    while link is not None:
        link.stack = traceback.StackSummary.from_list(
            [frame for frame in link.stack
             if frame.filename != "<roundtrip>" and "importlib" not in frame.filename])  # fmt: skip
        link = link.__cause__ or link.__context__
    return "".join(whole.format()).rstrip()


class Suite:
    """The tests of a module's classes that names or globs select."""

    def __init__(self, path, module, classes, patches):
        self.has_one_class = len(classes) == 1 and not any(c in classes[0] for c in GLOB_CHARACTERS)
        self.module = self.load(path, module)
        self.patches = patches or [f"{module}.export"]
        for name in self.patches:
            self.resolve(name)
        self.cases = self.find(classes)

    def load(self, path, module):
        if path and not os.path.isdir(path):
            raise SuiteError(f"option 'path' names '{path}', which is not a folder")
        if path and path not in sys.path:
            sys.path.insert(0, path)
        known = set(sys.modules)
        try:
            with imports.noted():
                return importlib.import_module(module)
        except BaseException as error:
            if isinstance(error, ModuleNotFoundError) and error.name == module:
                raise SuiteError(f"there is no module '{module}' in {', '.join(map(repr, sys.path))}") from None
            raise SuiteError(f"importing '{module}' failed:\n{users_traceback(error)}") from None
        finally:
            self.modules = [module, *(set(sys.modules) - known)]

    def files(self):
        """Those on which the outcomes of the tests depend."""
        return imports.files(self.modules)

    def resolve(self, name):
        """The object that holds what `name` names, and its attribute."""
        owner, _, attribute = name.rpartition(".")
        try:
            target = pkgutil.resolve_name(owner) if owner else None
        except (AttributeError, ImportError, ValueError):
            target = None
        if target is None or not hasattr(target, attribute):
            raise SuiteError(
                f"there is no '{name}' to replace; name the function by which the tests export, "
                "such as patch: my_tests.export"
            )
        return target, attribute

    def find(self, classes):
        """Test classes by the name of the class, each with the names of its tests."""
        found = {}
        for case in flatten(unittest.defaultTestLoader.loadTestsFromModule(self.module)):
            cls = type(case)
            if cls.__name__ == "_FailedTest":
                raise SuiteError(str(case._exception))
            self.add(found, cls, case._testMethodName)
        functions = test_functions(self.module)
        if functions:
            cls = type(self.module.__name__.rpartition(".")[2], (unittest.TestCase,), functions)
            cls.__module__ = self.module.__name__
            for name in functions:
                self.add(found, cls, name)
        chosen = set()
        for pattern in classes:
            matching = fnmatch.filter(found, pattern)
            if not matching:
                raise SuiteError(
                    f"the module '{self.module.__name__}' has no test class '{pattern}'; it has "
                    f"{', '.join(map(repr, found)) or 'none'}"
                )
            chosen.update(matching)
        return {name: entry for name, entry in found.items() if name in chosen}

    @staticmethod
    def add(found, cls, method):
        known, methods = found.setdefault(cls.__name__, (cls, []))
        if known is not cls:
            raise SuiteError(f"two test classes are called '{cls.__name__}': {known!r} and {cls!r}")
        methods.append(method)

    def tests(self):
        """(class, test, xfail properties, file, line) of each."""
        for class_name, (cls, methods) in self.cases.items():
            for method in methods:
                function = getattr(cls, method)
                own_class = "" if self.has_one_class else class_name  # else it is called like the suite
                yield (own_class, method, xfail_properties(cls, function), *place_of(function))

    def run(self, class_name, test, derived_class, derived_name, replace, make_runner):
        """Status and message of one test.

        `replace` gives what stands in for a patched function. `make_runner`, if it is not None,
        makes of an ExportedProgram what runs it in place of Python.
        """
        cls, _ = next(iter(self.cases.values())) if self.has_one_class else self.cases[class_name]
        derived = derive(cls, test, derived_class, derived_name, self.replacements(replace, make_runner))
        result = Result()
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("default")
            unittest.TestSuite([derived(derived_name)]).run(result)
        sys.stdout.flush()
        sys.stderr.flush()
        return result.outcome()

    def replacements(self, replace, make_runner):
        """A context manager under which the patched functions are replaced."""

        @contextlib.contextmanager
        def replaced():
            with contextlib.ExitStack() as stack:
                if make_runner is not None:
                    stack.enter_context(cpp_runtime(make_runner))
                for name in self.patches:
                    target, attribute = self.resolve(name)
                    replacement = replace(getattr(target, attribute))
                    stack.enter_context(unittest.mock.patch.object(target, attribute, replacement))
                yield

        return replaced


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def test_functions(module):
    """The module's own functions that are tests, as methods of a class."""
    functions = {}
    for name, function in vars(module).items():
        if not name.startswith("test") or not inspect.isfunction(function):
            continue
        if function.__module__ == module.__name__:
            functions[name] = as_method(function)
    return functions


def as_method(function):
    def method(self):
        marks = [mark.name for mark in getattr(function, "pytestmark", [])]
        if marks:
            raise SuiteError(f"the test carries pytest's marks ({', '.join(marks)}), which mean nothing to unittest")
        needed = [name for name, parameter in inspect.signature(function).parameters.items()
                  if parameter.default is parameter.empty]  # fmt: skip
        if needed:
            raise SuiteError(f"the test takes arguments ({', '.join(needed)}), as pytest's fixtures give them")
        return function()

    method.__dict__.update(function.__dict__)
    method.__wrapped__ = function
    return method


def xfail_properties(cls, function):
    """Of upstream's marks; "" for unittest.expectedFailure, which holds under every run."""
    properties = [name.removeprefix(XFAIL_ATTRIBUTE) for name in dir(function)
                  if name.startswith(XFAIL_ATTRIBUTE) and getattr(function, name)]  # fmt: skip
    if any(getattr(owner, "__unittest_expecting_failure__", False) for owner in (cls, function)):
        properties.append("")
    return properties


def place_of(function):
    function = inspect.unwrap(function)
    try:
        return inspect.getsourcefile(function) or "", inspect.getsourcelines(function)[1]
    except (OSError, TypeError):
        return "", 0


def derive(cls, test, derived_class, derived_name, replaced):
    """A class that has the test under its derived name; the runner knows of expected failures."""
    members = {"__unittest_expecting_failure__": False, "__module__": cls.__module__}
    derived = type(derived_class, (cls,), members)
    function = getattr(cls, test)

    def method(self, *args, **kwargs):
        with replaced():
            return getattr(super(derived, self), test)(*args, **kwargs)

    async def async_method(self, *args, **kwargs):
        with replaced():
            return await getattr(super(derived, self), test)(*args, **kwargs)

    method = functools.wraps(function)(async_method if inspect.iscoroutinefunction(function) else method)
    method.__name__ = derived_name
    method.__unittest_expecting_failure__ = False
    setattr(derived, derived_name, method)
    return derived


@contextlib.contextmanager
def cpp_runtime(make_runner):
    """Modules of ExportedPrograms are run by C++: those that `module()` gives from here on."""
    from torch.export import ExportedProgram

    python_module = ExportedProgram.module

    @functools.wraps(python_module)
    def module(program, *args, **kwargs):
        result = python_module(program, *args, **kwargs)
        run_in_cpp(result, make_runner(program))
        return result

    with unittest.mock.patch.object(ExportedProgram, "module", module):
        yield


def run_in_cpp(module, run):
    """Gives a program's module another forward. Its graph, state, hooks and guards stay Python's."""
    from torch.export._tree_utils import reorder_kwargs
    from torch.fx._pytree import tree_flatten_spec

    graph_deepcopy = type(module).__deepcopy__

    def forward(*args, **kwargs):
        if is_traced((args, kwargs)):
            # Nothing runs, it is being captured: by the graph as it is by then.
            return type(module).forward(module, *args, **kwargs)
        kwargs = reorder_kwargs(kwargs, module._in_spec)
        if hasattr(module, "_guards_fn"):
            module._guards_fn(*tree_flatten_spec((list(args), kwargs), module._in_spec))
        return run(module, args, kwargs)

    # Names of inputs, where the module is exported again, are those of its parameters.
    forward.__signature__ = inspect.signature(functools.partial(type(module).forward, module))

    def deepcopy(memo):
        copied = graph_deepcopy(module, memo)
        run_in_cpp(copied, run)
        return copied

    module.forward = forward
    module.__deepcopy__ = deepcopy


def python_module(program):
    """The module of a program as Python runs it, for Python's export to trace."""
    module = program.module()
    for name in ("forward", "__deepcopy__"):
        vars(module).pop(name, None)
    return module


def run_as_exported(model, args, kwargs):
    """What the model gives where it is told that it is exported; what forward assigns is lost."""
    import copy

    import torch

    flags = dict.fromkeys(("_is_compiling_flag", "_is_exporting_flag"), True)
    with unittest.mock.patch.multiple(torch.compiler, **flags):
        return copy.deepcopy(model)(*args, **kwargs)


def is_traced(inputs):
    import torch
    from torch._subclasses.fake_tensor import FakeTensor
    from torch._subclasses.functional_tensor import FunctionalTensor
    from torch.utils import _python_dispatch, _pytree

    if torch.compiler.is_compiling() or _python_dispatch._len_torch_dispatch_stack() > 0:
        return True
    return any(isinstance(leaf, (FakeTensor, FunctionalTensor)) for leaf in _pytree.tree_leaves(inputs))


class Result(unittest.TestResult):
    """What went wrong, in order, and why a test was skipped."""

    def __init__(self):
        super().__init__()
        self.faults = []  # ("failed" or "error", text)
        self.skip_reason = None

    def note(self, status, test, error):
        text = traceback.format_exception_only(error[0], error[1])[-1].partition("\n")[0]
        text += "\n" + self._exc_info_to_string(error, test).rstrip()
        subtest = getattr(test, "_subDescription", None)
        if subtest is not None:
            text = f"in subtest {subtest()}:\n{text}"
        elif not isinstance(test, unittest.TestCase):
            text = f"in {test}:\n{text}"  # setUpClass (...), setUpModule (...)
        self.faults.append((status, text))

    def addError(self, test, err):
        self.note("error", test, err)

    def addFailure(self, test, err):
        self.note("failed", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.note("failed" if issubclass(err[0], test.failureException) else "error", subtest, err)

    def addSkip(self, test, reason):
        if hasattr(test, "_subDescription"):
            print(f"skipped subtest {test._subDescription()}: {reason}", file=sys.stderr)
        else:
            self.skip_reason = reason

    def outcome(self):
        if self.faults:
            statuses = [status for status, _ in self.faults]
            status = "error" if "error" in statuses else "failed"
            return status, "\n".join(text for _, text in self.faults)
        if self.skip_reason is not None:
            return "skipped", self.skip_reason
        return "passed", ""


def begin_test(seed):
    """In the test's process: output is line by line, and stacks are printed at signals."""
    random.seed(seed)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    faulthandler.enable(all_threads=True)
    faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)
