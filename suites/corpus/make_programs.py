"""Exports the models in `models/` and writes them to `programs/`, one `.pt2` each.

    .venv/bin/python suites/corpus/make_programs.py [NAME ...]

Without names it makes all of them. Each file is what `torch.export.save` writes;
before that, the node metadata loses what depends on this machine and this
process: paths in stack traces become relative, graph identities small numbers.
Every program is loaded again and run on its example inputs. Two runs give the
same bytes.

`dataclass_output` and `namedtuple_output` load only where their types are
registered, which importing `models` does.
"""

import re
import sys
from pathlib import Path

import torch
from torch.export import ExportedProgram
from torch.fx.traceback import NodeSource

from models import CASES, Case

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = Path(torch.__file__).parents[1]
PROGRAMS = HERE / "programs"


def export(case: Case) -> ExportedProgram:
    program = torch.export.export(
        case.model,
        case.args,
        case.kwargs,
        dynamic_shapes=case.dynamic_shapes,
        strict=case.strict,
        preserve_module_call_signature=case.preserve,
    )
    return case.then(program)


def relative_paths(text: str) -> str:
    """Makes the paths of a stack trace relative to the repository or the library."""
    text = text.replace(f"{LIBRARY}/", "").replace(f"{ROOT}/", "")
    return re.sub(r'File "/[^"]*/', 'File "', text)


class Numbers(dict):
    """Numbers in place of addresses, in the order in which they are asked for."""

    def __missing__(self, address):
        return self.setdefault(address, len(self))


def portable_source(source: dict, numbers: Numbers) -> dict:
    """A `from_node` entry without the addresses of graphs and functions."""
    return {
        **source,
        "target": re.sub(r"\bat 0x[0-9a-f]+", "at 0x0", source["target"]),
        "graph_id": numbers[source["graph_id"]],
        "from_node": [portable_source(inner, numbers) for inner in source["from_node"]],
    }


def portable_modules(stack: dict, numbers: Numbers) -> dict:
    """Strict export names submodules by their addresses (`140254@1` at a second call)."""
    return {re.sub(r"^\d+", lambda key: str(numbers[key[0]]), k): v for k, v in stack.items()}


def make_portable(program: ExportedProgram) -> None:
    numbers = Numbers()
    graphs = [m.graph for m in program.graph_module.modules() if isinstance(m, torch.fx.GraphModule)]
    for node in (node for graph in graphs for node in graph.nodes):
        if trace := node.meta.get("stack_trace"):
            node.meta["stack_trace"] = relative_paths(trace)
        if stack := node.meta.get("nn_module_stack"):
            node.meta["nn_module_stack"] = portable_modules(stack, numbers)
        if sources := node.meta.get("from_node"):
            node.meta["from_node"] = [
                NodeSource._from_dict(portable_source(source.to_dict(), numbers))
                for source in sources
            ]


def check(path: Path) -> None:
    """The program must load, run on its example inputs, and name no place of this machine."""
    for place in (ROOT, LIBRARY, sys.prefix, sys.base_prefix + "/lib", Path.home()):
        assert str(place).encode() not in path.read_bytes(), f"{path.name} contains {place}"
    program = torch.export.load(path)
    if program.example_inputs is not None:
        args, kwargs = program.example_inputs
        program.module()(*args, **kwargs)


def make(name: str) -> Path:
    torch.manual_seed(0)
    case = CASES[name]()
    program = export(case)
    make_portable(program)
    path = PROGRAMS / f"{name}.pt2"
    torch.export.save(program, path, extra_files=case.extra_files)
    check(path)
    return path


def main() -> None:
    torch.set_num_threads(1)
    PROGRAMS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or CASES:
        torch._dynamo.reset()
        print(f"{make(name).stat().st_size:8} {name}")


if __name__ == "__main__":
    main()
