"""Control flow and mode regions: the programs C++ captures are those Python exports."""

import io
import re

import pytest
import torch
from torch.export import Dim
from torch.utils import _pytree as pytree

from compare import difference
from control_flow_twins import DYNAMIC_STEMS, TWINS


def graph_text(program: torch.export.ExportedProgram) -> str:
    """The program's code without comments, and its signature."""
    text = program.graph_module.print_readable(print_output=False)
    lines = [line for line in text.splitlines() if line.strip() and line.split()[0] != "#"]
    # C++ has overloads for numbers, where Python makes tensors of them.
    lines = [re.sub(r"aten\.(add|sub|mul)\.Scalar\(", r"aten.\1.Tensor(", line) for line in lines]
    return "\n".join(lines) + f"\n{program.graph_signature}"


def python_twin(stem: str, example_inputs) -> torch.export.ExportedProgram:
    args, kwargs = example_inputs
    shapes = None
    if stem in DYNAMIC_STEMS:
        shapes = tuple({0: Dim.DYNAMIC} if index == 0 else None for index in range(len(args)))
    program = torch.export.export(TWINS[stem](), args, kwargs, dynamic_shapes=shapes, strict=False)
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    return torch.export.load(file)


@pytest.mark.parametrize("flow_stem", TWINS)
def test_captured_control_flow_is_pythons(captured, flow_stem):
    program = torch.export.load(captured / f"{flow_stem}.pt2")
    twin = python_twin(flow_stem, program.example_inputs)
    text, expected = graph_text(program), graph_text(twin)
    if flow_stem == "flow_autocast_in_a_branch":
        # Python retraces a branch with autocast switched off, and writes that run's dtypes.
        text, expected = (re.sub(r'"\w+\[', '"[', text) for text in (text, expected))
    assert text == expected


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("rows", [3, 7])
@pytest.mark.parametrize("flow_stem", DYNAMIC_STEMS)
def test_captured_control_flow_runs_at_other_sizes(captured, flow_stem, rows, sign):
    program = torch.export.load(captured / f"{flow_stem}.pt2")
    args, _ = program.example_inputs
    x = sign * torch.linspace(-1, 2, rows * 3).view(rows, 3)
    others = [arg.clone() for arg in args[1:]]
    outputs = pytree.tree_leaves(program.module()(x, *others))
    expected = pytree.tree_leaves(TWINS[flow_stem]()(x, *others))
    assert len(outputs) == len(expected)
    assert not "".join(map(difference, outputs, expected))
