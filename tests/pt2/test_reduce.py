"""`pt2 reduce`: the smallest part of a program that fails under a transformation."""

import os
import pathlib

import pytest
import torch
from test_cli import pt2

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
