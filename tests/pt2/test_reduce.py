"""`pt2 reduce`: the smallest part of a program that fails under a transformation."""

import os
import pathlib
import re

import pytest
import torch
from test_cli import pt2
from torch._higher_order_ops.map import map as hop_map
from torch._higher_order_ops.while_loop import while_loop

SUITES = pathlib.Path(os.environ["ROUNDTRIP_BUILD"]) / "tests/suite_plugins"


class Model(torch.nn.Module):
    """The transformations of tests/suites/faulty_suite.cpp are wrong for its relu alone."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(3, 4)
        self.second = torch.nn.Linear(4, 2)

    def forward(self, x, y):
        hidden = torch.relu(self.first(x) - 1)
        return self.second(hidden + y).sin(), x.cos()


class Relu(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("reduce") / "model.pt2"
    model = Model().eval()
    torch.export.save(torch.export.export(model, (torch.randn(5, 3), torch.randn(5, 4))), path)
    return path


def reduce(program, transform):
    out = program.parent / transform
    return pt2("reduce", "--out", out, "--transform", transform, "--plugin-dir",
               SUITES / "libfaulty_suite.so", program), out / program.name  # fmt: skip


@pytest.mark.parametrize(
    "transform, said",
    [
        ("wrong_relu", "its results differ"),
        ("throws_on_relu", "it throws"),
        ("crashes_on_relu", "SIGSEGV"),
    ],
)
def test_the_one_operator_that_fails_is_left(program, transform, said):
    result, reduced = reduce(program, transform)
    assert result.returncode == 0, result.stderr
    assert said in result.stdout
    assert "1 of 7 nodes" in result.stdout
    loaded = torch.export.load(reduced)
    calls = [node for node in loaded.graph.nodes if node.op == "call_function"]
    assert [str(call.target) for call in calls] == ["aten.relu.default"]
    (x,) = loaded.example_inputs[0]
    assert x.shape == (1, 1)
    assert torch.equal(loaded.module()(x)[0], torch.relu(x))
    assert not loaded.state_dict


def test_sizes_that_are_symbols_become_smaller_as_far_as_their_range_goes(tmp_path):
    path = tmp_path / "dynamic.pt2"
    batch = torch.export.Dim("batch", min=3, max=64)
    args = (torch.randn(40, 7),)
    program = torch.export.export(Relu(), args, dynamic_shapes=({0: batch},))
    torch.export.save(program, path)
    result, reduced = reduce(path, "wrong_relu")
    assert result.returncode == 0, result.stderr
    assert sorted(file.name for file in reduced.parent.iterdir()) == ["dynamic.pt2"]
    loaded = torch.export.load(reduced)
    (x,) = loaded.example_inputs[0]
    assert x.shape[1] == 1
    assert torch.equal(loaded.module()(x)[0], torch.relu(x))


def test_a_program_that_does_not_fail_is_told(program):
    result, reduced = reduce(program, "clone")
    assert result.returncode == 1
    assert "does not fail under the transformations" in result.stderr
    assert not reduced.exists()
    assert pt2("reduce", "--out", program.parent, program).returncode == 4


def branch(x):
    def yes(x):
        return torch.relu(x.sin() + 1).exp() * 2

    def no(x):
        return x.sin() - 3

    return torch.cond(x.sum() > 0, yes, no, (x,))


def loop(x):
    def goes_on(i, x):
        return i < 3

    def step(i, x):
        return i + 1, torch.relu(x.sin() - 0.5).exp() * 2

    return while_loop(goes_on, step, (torch.zeros((), dtype=torch.int64), x))[1]


def mapped(x):
    return hop_map(lambda row, y: torch.relu(row.sin() + y).exp() * 2, x, x.mean(0))


class Around(torch.nn.Module):
    """Calls one of these, and operators before and after it."""

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def forward(self, x):
        return self.flow(x.exp() + 0.25).tanh() - 1


def calls(graph_module):
    """What it calls, and what the graphs in it call."""
    found = [str(node.target) for node in graph_module.graph.nodes if node.op == "call_function"]
    found = [target for target in found if "getitem" not in target]
    inner = [module for name, module in graph_module.named_children() if isinstance(module, torch.fx.GraphModule)]
    return found, [calls(module) for module in inner]


@pytest.fixture(params=[branch, loop, mapped], ids=lambda flow: flow.__name__)
def flow_program(request, tmp_path):
    program = torch.export.export(Around(request.param), (torch.ones(5, 3),))
    torch.export.save(program, tmp_path / "flow.pt2")
    return tmp_path / "flow.pt2"


def test_a_part_of_control_flow_that_fails_by_itself_takes_its_place(flow_program):
    result, reduced = reduce(flow_program, "wrong_relu")
    assert result.returncode == 0, result.stderr
    loaded = torch.export.load(reduced)
    assert calls(loaded.graph_module) == (["aten.relu.default"], [])
    assert re.search(r"\n1 of \d\d nodes fail so", result.stdout)
    assert [file.name for file in reduced.parent.iterdir()] == ["flow.pt2"]


def test_where_it_does_not_its_body_becomes_smaller(flow_program):
    result, reduced = reduce(flow_program, "throws_on_inner_relu")
    assert result.returncode == 0, result.stderr
    outer, bodies = calls(torch.export.load(reduced).graph_module)
    (node,) = outer
    assert re.search("cond|while_loop|map_impl", node)
    operators = [call for body, inner in bodies for call in body]
    assert operators.count("aten.relu.default") == 1
    # What decides when a loop ends has to stay.
    left = {call for call in operators if call != "aten.relu.default"}
    assert left <= {"aten.full.default", "aten.lt.Scalar", "aten.add.Tensor"}, operators
    assert len(operators) <= 5
    torch.export.load(reduced).module()(*torch.export.load(reduced).example_inputs[0])
