"""TorchScript models that `pt2 from-torchscript` made programs of, against the models themselves."""

import copy
import json
import logging
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest
import torch
from torch._export.converter import TS2EPConverter
from torch.utils import _pytree as pytree

import torchscript_indexing  # noqa: F401  (adds its cases)
import torchscript_models
from compare import assert_same

CASES = torchscript_models.CASES


@cache
def case_of(name):
    torch.manual_seed(0)
    return CASES[name]()


def leaves(result):
    return pytree.tree_leaves(result)


@pytest.fixture(scope="module")
def convert(pt2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torchscript")

    @cache
    def convert(name, *options):
        case = case_of(name)
        model, inputs, program = (folder / (name + suffix) for suffix in (".pt", ".in.pt", ".pt2"))
        case.torchscript().save(model)
        torch.save(case.inputs[0], inputs)
        done = pt2("from-torchscript", model, "--inputs", inputs, "--out", program, *options)
        assert done.returncode == 0, done.stderr
        assert "--non-strict" in options or done.stderr == ""
        return program

    return convert


@pytest.mark.parametrize("name", CASES)
@torch.no_grad()
def test_strict_programs_give_what_the_model_gives(convert, name):
    case = case_of(name)
    program = torch.export.load(convert(name)).module()
    model = case.torchscript()
    for index, inputs in enumerate(case.inputs):
        torch.manual_seed(index)
        expected = leaves(model(*copy.deepcopy(inputs)))
        torch.manual_seed(index)
        assert_same(leaves(program(*copy.deepcopy(inputs))), expected)


@pytest.mark.parametrize("name", [name for name in CASES if case_of(name).operators])
def test_control_flow_of_data_is_in_the_program(convert, name):
    program = torch.export.load(convert(name))
    called = {str(node.target) for module in program.graph_module.modules()
              for node in module.graph.nodes if node.op == "call_function"}
    for operator in case_of(name).operators:
        assert any(operator in target for target in called), called


# What a recorded run cannot follow, and how it says so.
NOT_RECORDED = {
    "NumbersOfData": "data-dependent",
    "size_arithmetic_traced": "data-dependent",  # int() of a tensor that holds a size
    "FreeFunctions": "Call all operators on the thread that forward is called on",  # fork() has its own thread
}
WITHOUT_DATA = [
    name for name in CASES if not case_of(name).operators and name not in NOT_RECORDED
]


@pytest.mark.parametrize("name", NOT_RECORDED)
def test_non_strict_refuses_what_it_cannot_follow(pt2, tmp_path, name):
    case = case_of(name)
    case.torchscript().save(tmp_path / "model.pt")
    torch.save(case.inputs[0], tmp_path / "in.pt")
    done = pt2("from-torchscript", tmp_path / "model.pt", "--inputs", tmp_path / "in.pt",
               "--out", tmp_path / "model.pt2", "--non-strict")
    assert done.returncode == 1
    assert NOT_RECORDED[name] in done.stderr


@pytest.mark.parametrize("name", WITHOUT_DATA)
@torch.no_grad()
def test_non_strict_programs_give_what_the_model_gives(convert, name):
    case = case_of(name)
    program = torch.export.load(convert(name, "--non-strict")).module()
    model = case.torchscript()
    for inputs in case.inputs:
        expected = leaves(model(*copy.deepcopy(inputs)))
        assert_same(leaves(program(*copy.deepcopy(inputs))), expected)


LEAVES_BUFFERS = "leaves buffers as its own run of the model left them"
PYTHON_DIFFERS = {
    "Counter": LEAVES_BUFFERS,
    "BufferWithGradient": LEAVES_BUFFERS,
    "SwappedBuffers": LEAVES_BUFFERS,
    "SortedSizes": "does not sort the list",
}


def python_program(case):
    """What Python's own converter makes of the model; None where it fails."""
    logging.getLogger("torch").setLevel(logging.ERROR)
    try:
        return TS2EPConverter(case.torchscript(), copy.deepcopy(case.inputs[0])).convert().module()
    except Exception:  # it raises whatever comes up
        return None


@pytest.mark.parametrize("name", CASES)
@torch.no_grad()
def test_python_converter_agrees_where_it_works(convert, name):
    case = case_of(name)
    theirs = python_program(case)
    if theirs is None:
        pytest.skip("Python's converter fails on it")
    if name in PYTHON_DIFFERS:
        pytest.skip("Python's converter " + PYTHON_DIFFERS[name])
    ours = torch.export.load(convert(name)).module()
    inputs = case.inputs[0]
    expected = [leaf for leaf in leaves(theirs(*copy.deepcopy(inputs))) if torch.is_tensor(leaf)]
    result = [leaf for leaf in leaves(ours(*copy.deepcopy(inputs))) if torch.is_tensor(leaf)]
    assert_same(result, expected)


SAVE_LAYERS = """
import torch, torchscript_models
case = torchscript_models.CASES["Layers"]()
case.torchscript().save("model.pt")
torch.save(case.inputs[0], "in.pt")
"""


def test_nodes_say_where_they_come_from(pt2, tmp_path):
    # In a process of its own: torch leaves source lines out after some of the other tests.
    subprocess.run([sys.executable, "-c", SAVE_LAYERS], check=True, cwd=tmp_path,
                   env=dict(os.environ, PYTHONPATH=str(Path(__file__).parent)))
    program = tmp_path / "model.pt2"
    done = pt2("from-torchscript", tmp_path / "model.pt", "--inputs", tmp_path / "in.pt",
               "--out", program)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(program) as archive:
        record = next(name for name in archive.namelist() if name.endswith("models/model.json"))
        graph = json.loads(archive.read(record))["graph_module"]["graph"]
    linear = next(node for node in graph["nodes"] if "linear" in node["target"])["metadata"]
    assert "torchscript_models.py" not in linear["stack_trace"]  # nn.Linear's own line
    assert "return F.linear" in linear["stack_trace"]
    fqns = [entry.split(",")[1] for entry in linear["nn_module_stack"].split(";")]
    assert fqns == ["", "layers.0", "layers.0.linear"]
