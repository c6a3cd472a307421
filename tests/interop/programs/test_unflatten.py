"""Programs unflattened by C++ and by Python: the same modules, the same results."""

import re
from pathlib import Path

import pytest
import torch
from torch.export import unflatten
from torch.utils import _pytree as pytree

from compare import assert_same

# Programs that C++ does not unflatten or run, and what it says.
REFUSED = {
    "effects": "effect tokens",
    "forward_and_backward": "returns gradients",
}
# Python's modules lack the nodes of a vmap that give nothing, and cannot run without them.
NOT_RUN_BY_PYTHON = {"associative_scan_products", "vmap_rows"}
# Graphs that differ on purpose.
OTHER_GRAPH = NOT_RUN_BY_PYTHON | {
    # Writes to the parameter. Python returns the new value as one more output.
    "parameter_mutation_decomposed",
    # Writes to buffers behind the results of batch_norm. Python writes between them.
    "batch_norm_train_decomposed",
}
# Programs whose classes Python knows only where they were made: it cannot load them here.
UNKNOWN_TO_PYTHON = {"dataclass_output", "namedtuple_output"}


def graph_modules(module):
    """The modules that Python's tree has and the program's does not: graphs of control flow."""
    return {
        name
        for name, child in module.named_modules(remove_duplicate=False)
        if isinstance(child, torch.fx.GraphModule)
    }


def plain(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip())


def keeps_structure(module) -> bool:
    """The graph packs or unpacks containers, as modules with preserved signatures do."""
    return any("tree_flatten" in str(n.target) or "tree_unflatten" in str(n.target) for n in module.graph.nodes)


def calls(text: str) -> list[str]:
    """What a graph's text calls, in order, but for what only moves values about."""
    targets = re.findall(r"call_(?:module|function)\[target=([^\]]+)\]", text)
    return [t for t in targets if "tree_" not in t and t != "operator.getitem"]


def parse(text: str):
    """Parameters, buffers, and graph text by module, of what `unflatten_programs` wrote."""
    head, *modules = re.split(r"^module ?", text, flags=re.MULTILINE)
    tensors = [line.split(" ", 1) for line in head.splitlines()]
    parameters, buffers = ([n for k, n in tensors if k == kind] for kind in ("parameter", "buffer"))
    graphs = {}
    for module in modules:
        name, _, graph = module.partition("\n")
        graphs[name] = plain(graph)
    return parameters, buffers, graphs


@pytest.fixture(scope="session")
def unflattened(unflatten_programs, programs, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unflattened")
    done = unflatten_programs(folder, *programs.paths.values())
    assert done.returncode == 0, done.stderr
    return folder


def read(folder: Path, stem: str) -> str:
    error = folder / f"{stem}.error.txt"
    assert not error.is_file(), error.read_text()
    return (folder / f"{stem}.txt").read_text()


@pytest.fixture(autouse=True)
def only_what_both_unflatten(request):
    stem = request.node.callspec.params.get("stem") if hasattr(request.node, "callspec") else None
    if stem in REFUSED:
        pytest.skip("see test_what_cannot_be_unflattened_is_refused")
    if stem in UNKNOWN_TO_PYTHON:
        pytest.skip("Python cannot load it without the class")


def test_same_modules(programs, unflattened, stem):
    python = unflatten(torch.export.load(programs.paths[stem]))
    parameters, buffers, graphs = parse(read(unflattened, stem))
    assert parameters == [name for name, _ in python.named_parameters()]
    assert buffers == [name for name, _ in python.named_buffers()]
    skipped = graph_modules(python)
    names = [name for name, _ in python.named_modules(remove_duplicate=False)]
    assert list(graphs) == [n for n in names if not any(n == s or n.startswith(s + ".") for s in skipped)]


def test_same_graphs(programs, unflattened, stem):
    python = unflatten(torch.export.load(programs.paths[stem]))
    _, _, graphs = parse(read(unflattened, stem))
    if stem in OTHER_GRAPH:
        assert set(calls(graphs[""])) >= set(calls(str(python.graph)))
        return
    for name, text in graphs.items():
        module = python.get_submodule(name)
        if hasattr(module, "call_modules"):
            module = module.call_modules()[0]
        if not hasattr(module, "graph"):
            assert text == ""
        elif keeps_structure(module):
            assert [re.sub(r"@\d+$", "", call) for call in calls(text)] == calls(str(module.graph))
        else:
            assert text == plain(str(module.graph))


def test_same_tree(programs, unflattened, stem):
    read(unflattened, stem)
    ours = (unflattened / f"{stem}.tree.txt").read_text().splitlines()
    theirs = str(unflatten(torch.export.load(programs.paths[stem]))).splitlines()
    # Python has the graphs of a module in a set, whose order changes from run to run.
    assert sorted(ours) == sorted(theirs)
    if not any(line.endswith("GraphModule()") for line in theirs):
        assert ours == theirs


def test_same_outputs(programs, unflattened, stem):
    program = torch.export.load(programs.paths[stem])
    if program.example_inputs is None:
        assert not (unflattened / f"{stem}.out.pt").exists()
        return
    args, kwargs = program.example_inputs
    python = program.module() if stem in NOT_RUN_BY_PYTHON else unflatten(program)
    torch.manual_seed(0)
    expected = pytree.tree_leaves(python(*args, **kwargs))
    outputs = torch.load(unflattened / f"{stem}.out.pt", weights_only=True)
    assert_same(list(outputs), expected)


@pytest.mark.parametrize("refused", REFUSED)
def test_what_cannot_be_unflattened_is_refused(unflattened, refused):
    assert REFUSED[refused] in (unflattened / f"{refused}.error.txt").read_text()
