"""Programs captured in C++, loaded and run in Python."""

import pytest
import torch

from compare import difference, run


@pytest.fixture(scope="module")
def captured(capture_programs, tmp_path_factory):
    """The folder into which C++ wrote `STEM.pt2` and `STEM.expected.pt`, its outputs' leaves."""
    folder = tmp_path_factory.mktemp("captured")
    done = capture_programs(folder)
    assert done.returncode == 0, done.stderr
    assert list(folder.glob("*.pt2")), "capture_programs wrote no program"
    return folder


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
