"""Suites written in Python: found, run and reported as unittest does it, under the chain in C++."""

import json
import os
import pathlib
import re
import subprocess
import textwrap

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
PLUGINS = BUILD / "lib/roundtrip/plugins"
CONFIG = """
version: 1
only_plugins: [{plugins}, {fixture}]
transforms:
  plain: {{chain: []}}
  serdes: {{chain: [serdes_nonstrict], prefix: SerDes, suffix: _serdes, xfail: serdes}}
  said: {{chain: [announce_a, announce_b], suffix: _said, xfail: said, only_if_no_xfail: true}}
suites: {{Mine: {{kind: python, path: ., module: mine, {options}}}}}
runs: [{{suites: [Mine], transforms: [{transforms}], timeout: 60}}]
"""
HEAD = """
import unittest, torch
from torch.export import export

class Add(torch.nn.Module):
    def forward(self, x):
        return x + 1

"""


class Project:
    def __init__(self, folder):
        self.folder = folder

    def write(self, tests, options="class: '*'", transforms="plain"):
        (self.folder / "mine.py").write_text(HEAD + textwrap.dedent(tests))
        self.config = self.folder / "config.yaml"
        self.config.write_text(CONFIG.format(
            plugins=PLUGINS, fixture=BUILD / "tests/suite_plugins", options=options, transforms=transforms))  # fmt: skip

    def command(self, *arguments):
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run([BUILD / "bin/roundtrip", *arguments], capture_output=True, text=True,
                              check=False, env=environment, cwd=self.folder)  # fmt: skip

    def run(self, *arguments):
        """The tests of the report by their derived names."""
        self.result = self.command("run", self.config, "--json", "report.json", *arguments)
        assert self.result.returncode in (0, 1), self.result.stderr
        tests = json.loads((self.folder / "report.json").read_text())["tests"]
        return {test["name"]: test for test in tests}

    def error(self):
        result = self.command("check", self.config)
        assert result.returncode == 4, result.stdout
        return re.sub(r"^still listing .*\n", "", result.stderr)  # a loaded machine takes its time


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def outcomes(tests):
    return {name: test["outcome"] for name, test in tests.items()}


def test_unittests_features_mean_what_they_mean_there(project):
    project.write(
        """
        events = []

        def setUpModule():
            events.append("module")

        class TestFixtures(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                events.append("class")
                cls.addClassCleanup(print, "class cleaned up")

            def setUp(self):
                events.append("test")
                self.addCleanup(print, "cleaned up")

            def test_output(self):
                import logging, sys, warnings
                print("to stdout")
                print("to stderr", file=sys.stderr)
                warnings.warn("a warning")
                logging.getLogger("mine").error("a log line")

            def test_fixtures(self):
                self.assertEqual(events, ["module", "class", "test"])

            def test_fails(self):
                self.assertEqual(1, 2, "one is not two")

            def test_errs(self):
                raise KeyError("no such thing")

            @unittest.skip("there is a reason")
            def test_skipped(self):
                self.fail()

            @unittest.skipIf(True, "it is true")
            def test_skipped_if(self):
                self.fail()

            def test_skips_itself(self):
                self.skipTest("on the way")

            @unittest.expectedFailure
            def test_expected_failure(self):
                self.fail()

            @unittest.expectedFailure
            def test_unexpected_success(self):
                pass

            def test_subtests(self):
                for i in range(4):
                    with self.subTest(i=i):
                        self.assertNotEqual(i % 2, 1)

            def test_skipped_subtest(self):
                with self.subTest(i=1):
                    self.skipTest("not this one")

            def test_cleanup_fails(self):
                self.addCleanup(self.fail, "in the cleanup")

        class TestBroken(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("cannot be set up")

            def test_never(self):
                pass

        class TestLater(unittest.IsolatedAsyncioTestCase):
            async def test_awaits(self):
                self.fail("awaited")
        """
    )
    tests = project.run()
    assert outcomes(tests) == {
        "test_output": "passed", "test_fixtures": "passed", "test_fails": "failed", "test_errs": "error", "test_skipped": "skipped",
        "test_skipped_if": "skipped", "test_skips_itself": "skipped", "test_expected_failure": "xfailed",
        "test_unexpected_success": "xpassed", "test_subtests": "failed", "test_skipped_subtest": "passed",
        "test_cleanup_fails": "failed", "test_never": "error", "test_awaits": "failed",
    }  # fmt: skip
    output = tests["test_output"]["output"]
    assert all(text in output for text in ("to stdout\n", "to stderr\n", "UserWarning: a warning", "a log line"))
    assert tests["test_fixtures"]["output"].splitlines() == ["cleaned up", "class cleaned up"]
    assert tests["test_fails"]["message"].splitlines()[0] == "AssertionError: 1 != 2 : one is not two"
    assert "in test_fails" in tests["test_fails"]["message"]
    assert tests["test_errs"]["message"].startswith("KeyError: 'no such thing'\n")
    assert tests["test_skips_itself"]["message"] == "on the way"
    message = tests["test_subtests"]["message"]
    assert "in subtest (i=1)" in message and "in subtest (i=3)" in message and "(i=2)" not in message
    assert "skipped subtest (i=1): not this one" in tests["test_skipped_subtest"]["output"]
    assert "in setUpClass (mine.TestBroken)" in tests["test_never"]["message"]
    assert "awaited" in tests["test_awaits"]["message"]


def test_every_test_has_its_place_and_its_own_name(project):
    project.write(
        """
        class TestNames(unittest.TestCase):
            def test_names(self):
                print(self._testMethodName, self.id(), type(self).__name__)
        """,
        transforms="plain, serdes",
    )
    tests = project.run()
    assert tests["test_names_serdes"]["class"] == "SerDesTestNames"
    assert tests["test_names_serdes"]["output"] == (
        "test_names_serdes mine.SerDesTestNames.test_names_serdes SerDesTestNames\n"
    )
    assert tests["test_names"]["output"] == "test_names mine.TestNames.test_names TestNames\n"
    assert tests["test_names"]["file"] == str(project.folder / "mine.py")
    assert tests["test_names"]["line"] == 11


def test_a_class_named_exactly_is_called_like_the_suite(project):
    project.write(
        """
        class TestA(unittest.TestCase):
            def test_a(self): pass
        class TestB(unittest.TestCase):
            def test_b(self): pass
        """,
        options="class: TestB",
        transforms="serdes",
    )
    assert {test["class"] for test in project.run().values()} == {"SerDesMine"}
    project.write((project.folder / "mine.py").read_text().replace(HEAD, ""), "class: 'Test[AB]'", "serdes")
    assert {test["class"] for test in project.run().values()} == {"SerDesTestA", "SerDesTestB"}


def test_marks_are_upstreams(project):
    project.write(
        """
        def mark(function):
            function._expected_failure_serdes = True
            return function

        class TestMarks(unittest.TestCase):
            @mark
            def test_marked(self):
                self.assertFalse(self.id().endswith("_serdes"))
            def test_plain(self):
                pass
        """,
        transforms="plain, serdes, said",
    )
    tests = project.run()
    assert outcomes(tests) == {
        "test_marked": "passed", "test_plain": "passed", "test_marked_serdes": "xfailed",
        "test_plain_serdes": "passed", "test_marked_said": "skipped", "test_plain_said": "passed",
    }  # fmt: skip
    assert tests["test_marked_said"]["skip"] == "Will only be tested if no other tests are failing"


def test_functions_and_parametrised_tests_are_found(project):
    project.write(
        """
        import pytest
        from torch.testing._internal.common_utils import (
            TestCase, instantiate_parametrized_tests, parametrize)

        @instantiate_parametrized_tests
        class TestParameters(TestCase):
            @parametrize("n", [1, 2])
            def test_size(self, n):
                self.assertEqual(export(Add(), (torch.ones(n),)).module()(torch.ones(n)).shape[0], n)

        def test_function():
            assert torch.equal(export(Add(), (torch.ones(1),)).module()(torch.zeros(1)), torch.ones(1))

        def test_with_fixture(tmp_path):
            pass

        @pytest.mark.skip
        def test_with_mark():
            pass
        """,
        transforms="serdes",
    )
    tests = project.run()
    assert outcomes(tests) == {
        "test_size_n_1_serdes": "passed", "test_size_n_2_serdes": "passed", "test_function_serdes": "passed",
        "test_with_fixture_serdes": "error", "test_with_mark_serdes": "error",
    }  # fmt: skip
    assert tests["test_function_serdes"]["class"] == "SerDesmine"
    assert "takes arguments (tmp_path), as pytest's fixtures" in tests["test_with_fixture_serdes"]["message"]
    assert "pytest's marks (skip)" in tests["test_with_mark_serdes"]["message"]


def test_export_is_replaced_by_the_chain(project):
    project.write(
        """
        class TestChain(unittest.TestCase):
            def test_export(self):
                model = Add()
                program = export(model, (torch.ones(2),), strict=False)
                print(type(program).__name__, program.graph_module.meta.get("forward_arg_names"))
                self.assertTrue(torch.equal(program.module()(torch.zeros(2)), torch.ones(2)))
            def test_default(self):
                export(Add(), (torch.ones(2),))
            def test_wrong_call(self):
                with self.assertRaisesRegex(TypeError, "unexpected keyword argument 'sctrict'"):
                    export(Add(), (torch.ones(2),), sctrict=True)
            def test_pythons_exception(self):
                class Failing(torch.nn.Module):
                    error = LookupError("of the model")
                    def forward(self, x):
                        raise self.error
                with self.assertRaises(LookupError) as caught:
                    export(Failing(), (torch.ones(2),))
                self.assertIs(caught.exception, Failing.error)
        """,
        transforms="plain, said",
    )
    tests = project.run()
    assert set(outcomes(tests).values()) == {"passed"}, tests
    assert tests["test_export_said"]["output"].splitlines()[:2] == ["a strict=false", "b strict=false"]
    assert tests["test_default_said"]["output"].splitlines()[:2] == ["a strict=unset", "b strict=unset"]
    assert "strict=" not in tests["test_export"]["output"]


def test_nothing_crosses_where_a_transformation_does_not_look(project):
    project.write(
        """
        class TestShared(unittest.TestCase):
            def test_weights_are_shared(self):
                model = torch.nn.Linear(2, 2)
                program = export(model, (torch.ones(2),))
                self.assertIs(program.state_dict["weight"], model.weight)
        """,
        transforms="plain, serdes, said",
    )
    assert outcomes(project.run()) == {
        "test_weights_are_shared": "passed",  # Python's own program
        "test_weights_are_shared_serdes": "failed",  # went through a file
        "test_weights_are_shared_said": "passed",  # handed on
    }


def test_exceptions_of_cpp_reach_the_test_by_their_names(project):
    project.write(
        """
        class TestErrors(unittest.TestCase):
            def test_conjugate(self):
                class Model(torch.nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.c = torch.ones(2, dtype=torch.complex64).conj()
                    def forward(self, x):
                        return x + self.c
                try:
                    export(Model(), (torch.ones(2),))
                except RuntimeError as error:
                    print(type(error).__module__, type(error).__name__, type(error).__mro__[1].__name__)
        """,
        transforms="refuse",
    )
    config = project.config.read_text()
    project.config.write_text(config.replace("transforms:\n", "transforms:\n  refuse: {chain: [refuse]}\n"))
    (test,) = project.run().values()
    assert test["outcome"] == "passed"
    assert "C++ threw roundtrip::UnsupportedError: this program is refused" in test["output"]
    assert "roundtrip UnsupportedError Error" in test["output"]
    assert re.search(r"^  Refuse::export_program", test["output"], re.M)


def test_python_stacks_are_told_at_a_timeout(project):
    project.write(
        """
        import threading, time

        class TestHang(unittest.TestCase):
            def test_hangs(self):
                def wait_in_thread():
                    time.sleep(100)
                threading.Thread(target=wait_in_thread, daemon=True).start()
                self.wait_here()
            def wait_here(self):
                time.sleep(100)
        """
    )
    (test,) = project.run("--set=timeout=4").values()
    assert test["outcome"] == "timed_out"
    assert "in wait_here" in test["output"] and "in wait_in_thread" in test["output"]
    assert "libpython" in test["attempts"][0]["backtrace"]


@pytest.mark.parametrize(
    ("tests", "options", "message"),
    [
        ("", "class: Nobody", "the module 'mine' has no test class 'Nobody'; it has none"),
        ("import nowhere", "class: '*'", "importing 'mine' failed:"),
        ("import nowhere", "class: '*'", "ModuleNotFoundError: No module named 'nowhere'"),
        ("1 +", "class: '*'", "SyntaxError: invalid syntax"),
        ("", "patch: mine.exprot", "there is no 'mine.exprot' to replace"),
        ("", "python: /nowhere", "there is no Python '/nowhere'; name one by the option 'python'"),
        ("", "runtime: java", "must be one of 'python', 'cpp', not 'java'"),
    ],
)  # fmt: skip
def test_a_wrong_suite_is_an_error_with_its_place(project, tests, options, message):
    project.write(tests, options)
    error = project.error()
    assert error.startswith(f"error: {project.config}:9:" if "runtime" not in options else f"error: {project.config}:8:")
    assert message in error
    assert "<roundtrip>" not in error  # nobody looks for a fault there


def test_a_module_that_is_not_there_is_said(project):
    project.write("")
    project.config.write_text(project.config.read_text().replace("module: mine", "module: yours"))
    assert "there is no module 'yours' in" in project.error()


def test_without_a_checkout_pytorchs_configuration_says_what_to_give(project, monkeypatch):
    project.config = pathlib.Path(__file__).parents[2] / "config/pytorch.yaml"
    monkeypatch.setenv("PYTORCH", str(project.folder / "nowhere"))
    error = project.error()
    assert f"suite 'PyTorch': option 'path' names '{project.folder}/nowhere/test/export', which is not a folder" in error


def test_a_module_that_starts_a_thread_cannot_be_forked(project):
    project.write(
        """
        import threading, time
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()

        class TestThread(unittest.TestCase):
            def test_a(self): pass
        """
    )
    (test,) = project.run().values()
    assert test["outcome"] == "error"
    assert "has more than one thread" in test["message"]


CPP_TESTS = """
        import copy
        from torch.export import Dim

        @torch.library.custom_op("mine::double", mutates_args=())
        def double(x: torch.Tensor) -> torch.Tensor:
            return x * 2

        @double.register_fake
        def _(x):
            return torch.empty_like(x)

        def without_python(module):
            \"\"\"The module, whose graph Python can no longer run.\"\"\"
            def fail(*args, **kwargs):
                raise AssertionError("Python ran the graph")
            type(module).forward = fail
            return module

        class Counter(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = torch.nn.Module()
                self.inner.register_buffer("count", torch.zeros(()))
                self.weight = torch.nn.Parameter(torch.full((2,), 3.0))
                self.constant = torch.ones(2)
            def forward(self, x, *, y):
                self.inner.count.add_(1)
                x.mul_(2)
                return {"sum": x * self.weight + self.constant + y, "n": (self.inner.count, x.shape[0])}

        class TestRuntime(unittest.TestCase):
            def module(self, **options):
                program = export(Counter(), (torch.ones(4, 2),), {"y": torch.ones(2)}, **options)
                return without_python(program.module())
            def test_runs_in_cpp(self):
                x = torch.ones(4, 2)
                module = self.module()
                result = module(x, y=torch.zeros(2))
                self.assertEqual(list(result), ["sum", "n"])
                self.assertTrue(torch.equal(result["sum"], torch.full((4, 2), 7.0)))
                self.assertEqual(result["n"][1], 4)
                self.assertTrue(torch.equal(x, torch.full((4, 2), 2.0)))
                self.assertEqual(module.inner.count.item(), 1)
            def test_state_is_the_modules(self):
                module = self.module()
                with torch.no_grad():
                    module.weight.zero_()
                self.assertTrue(torch.equal(module(torch.ones(4, 2), y=torch.zeros(2))["sum"], torch.ones(4, 2)))
                module.weight = torch.nn.Parameter(torch.ones(2))
                self.assertTrue(torch.equal(module(torch.ones(4, 2), y=torch.zeros(2))["sum"], torch.full((4, 2), 3.0)))
            def test_gradients_reach_parameters(self):
                module = self.module()
                module(torch.ones(4, 2), y=torch.zeros(2))["sum"].sum().backward()
                self.assertTrue(torch.equal(module.weight.grad, torch.full((2,), 8.0)))
            def test_copies_are_run_in_cpp_too(self):
                module = self.module()
                copied = copy.deepcopy(module)
                without_python(copied)(torch.ones(4, 2), y=torch.zeros(2))
                self.assertEqual((module.inner.count.item(), copied.inner.count.item()), (0, 1))
            def test_errors_are_pythons(self):
                shapes = {"x": {0: Dim("n", min=3)}, "y": None}
                module = self.module(dynamic_shapes=shapes)
                with self.assertRaisesRegex(AssertionError, "Guard failed: x.size.*>= 3"):
                    module(torch.ones(2, 2), y=torch.zeros(2))
                with self.assertRaisesRegex(ValueError, "kwarg keyword mismatch"):
                    module(torch.ones(4, 2))
            def test_custom_operator(self):
                class Model(torch.nn.Module):
                    def forward(self, x):
                        return torch.ops.mine.double(x) + 1
                module = without_python(export(Model(), (torch.ones(2),)).module())
                self.assertTrue(torch.equal(module(torch.ones(2)), torch.full((2,), 3.0)))
            def test_assertion_at_run_time(self):
                class Model(torch.nn.Module):
                    def forward(self, x):
                        n = x.item()
                        torch._check(n >= 2)
                        return torch.ones(n)
                module = without_python(export(Model(), (torch.tensor(3),)).module())
                self.assertEqual(module(torch.tensor(5)).shape, (5,))
                with self.assertRaisesRegex(RuntimeError, "^Runtime assertion failed for expression u0 >= 2 on node 'ge_1'$") as caught:
                    module(torch.tensor(1))
                self.assertIn("While executing node '_assert_scalar_default", caught.exception.__notes__[0])
            def test_exported_again(self):
                program = export(Counter(), (torch.ones(4, 2),), {"y": torch.ones(2)})
                again = export(program.module(), (torch.ones(4, 2),), {"y": torch.ones(2)})
                result = without_python(again.module())(torch.ones(4, 2), y=torch.zeros(2))
                self.assertTrue(torch.equal(result["sum"], torch.full((4, 2), 7.0)))
            def test_decomposed(self):
                program = export(torch.nn.Linear(2, 2), (torch.ones(2),)).run_decompositions()
                self.assertEqual(without_python(program.module())(torch.ones(2)).shape, (2,))
            def test_subclass_cannot_run(self):
                from torch.testing._internal.two_tensor import TwoTensor
                module = export(Add(), (torch.ones(2),)).module()
                module(TwoTensor(torch.ones(2), torch.ones(2)))
"""


@pytest.mark.parametrize("transforms", ["plain", "serdes"])
def test_programs_run_in_cpp(project, transforms):
    project.write(CPP_TESTS, options="runtime: cpp", transforms=transforms)
    tests = project.run()
    suffix = "_serdes" if transforms == "serdes" else ""
    unable = tests.pop("test_subclass_cannot_run" + suffix)
    assert set(outcomes(tests).values()) == {"passed"}, [
        (name, test["message"]) for name, test in tests.items() if test["outcome"] != "passed"]  # fmt: skip
    assert unable["outcome"] == "error"
    assert unable["message"].startswith("roundtrip.InputError: "), unable["message"]


def test_upstreams_operators_may_be_defined_beside_the_cpp_suites(project):
    project.write(
        """
        torch.library.define("testlib::foo", "(Tensor(a!) x, Tensor(b!) z) -> (Tensor, Tensor, Tensor)")
        torch.library.define("testlib::returns_tensor_symint", "(Tensor x) -> (Tensor, SymInt)")

        class TestOperators(unittest.TestCase):
            def test_a(self):
                self.assertTrue(hasattr(torch.ops.testlib, "foo"))
        """
    )
    assert outcomes(project.run()) == {"test_a": "passed"}
