"""Programs exported again and decomposed by C++ and by Python: the same graphs and results."""

import io
import re
import warnings

import pytest
import torch

from known_rewrites import (
    DECOMPOSED_OTHERWISE,
    EXPORTED_OTHERWISE,
    NOT_DECOMPOSED,
    NOT_DECOMPOSED_BY_PYTHON,
    NOT_EXPORTED_AGAIN,
    NOT_EXPORTED_AGAIN_BY_PYTHON,
    RANDOM,
)
from conftest import CORPUS, REWRITTEN

@pytest.fixture(scope="session")
def rewritten(rewrite_programs, programs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rewritten")
    result = rewrite_programs(folder, *(programs.paths[stem] for stem in CORPUS + REWRITTEN))
    assert result.returncode == 0, result.stderr
    return folder


def saved_and_loaded(program: torch.export.ExportedProgram) -> torch.export.ExportedProgram:
    """As a file has it: with names for results that nothing uses."""
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    return torch.export.load(file)


def without_places(text: str) -> list[str]:
    """The program's lines, but for the places of its calls."""
    lines = text.splitlines()
    return [line.rstrip() for line in lines if line.strip() and not line.strip().startswith("#")]


def numbered(text: str) -> list[str]:
    """The program with its values numbered in order: `add_6` and `add` are the same."""
    lines = without_places(text)
    names = {match[1] for line in lines if (match := re.match(r'\s+(\w+)(: "[^"]*")? = ', line))}
    numbers: dict[str, str] = {}

    def number(match: re.Match) -> str:
        name = match[0]
        return numbers.setdefault(name, f"v{len(numbers)}") if name in names else name

    return [re.sub(r"(?<![.\w])\w+\b", number, line) for line in lines]


def outputs(program: torch.export.ExportedProgram, example) -> list:
    args, kwargs = example
    torch.manual_seed(0)
    with torch.no_grad():
        return torch.utils._pytree.tree_leaves(program.module()(*args, **kwargs))


def assert_close(left: list, right: list):
    assert len(left) == len(right)
    for ours, theirs in zip(left, right):
        if isinstance(theirs, torch.Tensor) and not theirs.is_meta:
            assert ours.dtype == theirs.dtype
            if theirs.is_floating_point() and theirs.itemsize == 1:
                ours, theirs = ours.float(), theirs.float()
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True)


def refusal(folder, name: str, known: dict[str, str], stem: str) -> bool:
    """True if the program is refused, as the table says."""
    error = folder / f"{stem}.{name}.error.txt"
    if not error.exists():
        assert stem not in known, f"{stem} is in the table and works: take it out"
        return False
    assert stem in known, error.read_text()
    assert known[stem] in error.read_text()
    return True


def test_exported_again(rewritten_stem, rewritten, programs):
    if refusal(rewritten, "module", NOT_EXPORTED_AGAIN, rewritten_stem):
        return
    if rewritten_stem in NOT_EXPORTED_AGAIN_BY_PYTHON:
        pytest.skip(NOT_EXPORTED_AGAIN_BY_PYTHON[rewritten_stem])
    program = torch.export.load(programs.paths[rewritten_stem])
    args, kwargs = program.example_inputs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = saved_and_loaded(torch.export.export(program.module(), args, kwargs))
    ours = (rewritten / f"{rewritten_stem}.module.txt").read_text()
    same = without_places(ours) == without_places(str(theirs))
    if rewritten_stem in EXPORTED_OTHERWISE:
        assert not same, f"{rewritten_stem} is in the table and agrees: take it out"
        return
    assert without_places(ours) == without_places(str(theirs))


def test_decomposed(rewritten_stem, rewritten, programs):
    if refusal(rewritten, "decomposed", NOT_DECOMPOSED, rewritten_stem):
        return

    if rewritten_stem in NOT_DECOMPOSED_BY_PYTHON:
        pytest.skip(NOT_DECOMPOSED_BY_PYTHON[rewritten_stem])
    ours = torch.export.load(rewritten / f"{rewritten_stem}.decomposed.pt2")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.load(programs.paths[rewritten_stem])
        theirs = saved_and_loaded(program.run_decompositions())
    if rewritten_stem not in RANDOM and program.example_inputs is not None:
        example = torch.export.load(programs.paths[rewritten_stem]).example_inputs
        assert_close(outputs(ours, ours.example_inputs), outputs(theirs, example))
    same = numbered(str(ours)) == numbered(str(theirs))
    if rewritten_stem in DECOMPOSED_OTHERWISE:
        assert not same, f"{rewritten_stem} is in the table and agrees: take it out"
        return
    assert numbered(str(ours)) == numbered(str(theirs))
