"""Programs captured in C++, loaded and run in Python."""

import torch

from compare import difference, run


def disagreement(path) -> str:
    """How Python's outputs differ from C++'s; empty if they are the same, bit for bit."""
    outputs = run(torch.export.load(path))
    expected = torch.load(path.with_suffix(".expected.pt"), weights_only=True)
    if outputs is None or len(outputs) != len(expected):
        return f"{outputs} and {len(expected)} outputs"
    return "; ".join(filter(None, map(difference, outputs, expected)))


def test_captured_programs_give_the_same_bits_in_python(captured):
    told = {path.stem: disagreement(path) for path in sorted(captured.glob("*.pt2"))}
    assert not {stem: difference for stem, difference in told.items() if difference}


def test_python_saves_a_captured_program_as_the_same_text(captured):
    """What C++ wrote is what Python would have written of the same program."""
    for path in sorted(captured.glob("*.pt2")):
        program = torch.export.load(path)
        again = captured / "again" / path.name
        again.parent.mkdir(exist_ok=True)
        torch.export.save(program, again)
        assert str(torch.export.load(again)) == str(program), path.name
