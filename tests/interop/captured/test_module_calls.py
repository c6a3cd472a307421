"""C++ models that call layers by roundtrip::call, beside their twins in Python."""

import io
import json
import zipfile
from itertools import groupby

import pytest
import torch
from torch.export import unflatten
from torch.utils import _pytree as pytree

from compare import assert_same
from module_call_twins import TWINS


def saved(file) -> dict:
    """The graph module of a program file."""
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("models/model.json"))
        return json.loads(archive.read(name))["graph_module"]


def saved_twin(stem) -> dict:
    buffer = io.BytesIO()
    torch.export.save(TWINS[stem](), buffer)
    return saved(buffer)


def stacks(graph_module) -> list[str]:
    """The stack of each run of nodes in one module: a layer's operators may be others in C++."""
    nodes = graph_module["graph"]["nodes"]
    return [stack for stack, _ in groupby(node["metadata"]["nn_module_stack"] for node in nodes)]


@pytest.mark.parametrize("name", TWINS)
def test_module_stacks_are_those_of_the_twin(captured, name):
    assert stacks(saved(captured / f"{name}.pt2")) == stacks(saved_twin(name))


def values(arguments) -> list:
    """Arguments of a signature, with values by number: C++ and Python name them differently."""
    numbers = {}
    return [
        numbers.setdefault(argument["as_tensor"]["name"], len(numbers))
        if "as_tensor" in argument
        else argument
        for argument in arguments
    ]


@pytest.mark.parametrize("name", TWINS)
def test_signatures_are_those_of_the_twin(captured, name):
    def described(graph_module):
        entries = []
        for entry in graph_module["module_call_graph"]:
            signature = entry["signature"]
            if signature is not None:
                signature = {**signature, **{k: values(signature[k]) for k in ("inputs", "outputs")}}
            entries.append((entry["fqn"], signature))
        return entries

    assert described(saved(captured / f"{name}.pt2")) == described(saved_twin(name))


@pytest.mark.parametrize("name", TWINS)
def test_python_unflattens_the_program_like_the_twin(captured, name):
    program = torch.export.load(captured / f"{name}.pt2")
    modules, twin = unflatten(program), unflatten(TWINS[name]())
    for described in (
        lambda m: [n for n, _ in m.named_modules(remove_duplicate=False)],
        lambda m: [n for n, _ in m.named_parameters()],
        lambda m: [n for n, _ in m.named_buffers()],
        lambda m: [n.target for n in m.graph.nodes if n.op == "call_module"],
    ):
        assert described(modules) == described(twin)
    args, kwargs = program.example_inputs
    expected = torch.load(captured / f"{name}.expected.pt", weights_only=True)
    assert_same(pytree.tree_leaves(modules(*args, **kwargs)), list(expected))


@pytest.mark.parametrize("name", TWINS)
def test_cpp_unflattens_what_it_captured(captured, unflatten_programs, tmp_path, name):
    unflatten_programs(tmp_path, captured / f"{name}.pt2")
    assert not list(tmp_path.glob("*.error.txt"))
    outputs = torch.load(tmp_path / f"{name}.out.pt", weights_only=True)
    assert_same(list(outputs), list(torch.load(captured / f"{name}.expected.pt", weights_only=True)))
