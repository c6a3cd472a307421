"""Control flow and mode regions: the programs C++ captures are those Python exports."""

import io
import re

import pytest
import torch

from control_flow_twins import TWINS


def graph_text(program: torch.export.ExportedProgram) -> str:
    """The program's code without comments, and its signature."""
    text = program.graph_module.print_readable(print_output=False)
    lines = [line for line in text.splitlines() if line.strip() and line.split()[0] != "#"]
    return "\n".join(lines) + f"\n{program.graph_signature}"


def python_twin(stem: str, example_inputs) -> torch.export.ExportedProgram:
    args, kwargs = example_inputs
    program = torch.export.export(TWINS[stem](), args, kwargs, strict=False)
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
