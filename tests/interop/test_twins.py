"""C++ models against their twins in Python: programs, outputs, ranges and texts."""

import csv
import re
from functools import lru_cache
from pathlib import Path

import pytest
import torch

from compare_twins import ASPECTS, Pair, Refused
from known_differences import FIXED_SIZES, KNOWN, SLICES_SYMBOLS, TAKES_NO_SYMBOLS
from twins import TWINS

KINDS = ("static", "dynamic", "automatic")

# Layers that hold others or a function, and the model that has them.
CONTAINERS = {
    "Functional": "Sequential",
    "ModuleDict": "containers",
    "ModuleList": "containers",
    "ParameterDict": "containers",
    "ParameterList": "containers",
}


@pytest.fixture(scope="module")
def exported(export_twins, tmp_path_factory):
    """The folder that the C++ models were exported into."""
    folder = tmp_path_factory.mktemp("twins")
    done = export_twins(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pair_of(exported):
    """By name and kind; what Python exports is exported once for all tests."""
    return lru_cache(maxsize=None)(lambda name, kind: Pair(exported, name, kind))


def test_every_layer_of_libtorch_is_among_the_twins():
    headers = Path(torch.__path__[0], "include/torch/csrc/api/include/torch/nn/modules")
    declared = re.compile(r"^TORCH_MODULE\((\w+)\)", re.MULTILINE)
    layers = {name for path in headers.rglob("*.h") for name in declared.findall(path.read_text())}
    assert len(layers) >= 129
    covered = {name.split("_")[0] for name in TWINS} | set(CONTAINERS)
    assert layers <= covered


def test_both_languages_have_the_same_models(exported):
    assert {path.name.removesuffix(".runs.pt") for path in exported.glob("*.runs.pt")} == set(TWINS)
    assert len(TWINS) >= 120
    assert set(CONTAINERS.values()) <= set(TWINS)


def reason_of(kind, aspect, name) -> str | None:
    """Why the twins are known to differ there."""
    for reason, names in KNOWN.get((kind, aspect), {}).items():
        if name in names:
            return reason
    return None


def judge(pair, aspect) -> str:
    """An aspect's verdict: agree, explained or wrong, and what is wrong."""
    difference = pair.difference(aspect)
    reason = reason_of(pair.kind, aspect, pair.name)
    if not difference:
        return f"wrong: agrees, though known to differ: {reason}" if reason else "agree"
    return "explained" if reason else f"wrong: {difference}"


def verdicts(pair) -> dict[str, str]:
    """By aspect. Programs that are not there cannot be compared further."""
    found = {"exports": judge(pair, "exports")}
    if isinstance(pair.cpp, Refused):
        return found
    further = ("bits", "outputs") if isinstance(pair.python, Refused) else ASPECTS[1:]
    return found | {aspect: judge(pair, aspect) for aspect in further}


@pytest.mark.parametrize("name", sorted(TWINS))
@pytest.mark.parametrize("kind", KINDS)
def test_twin(pair_of, twin_report, kind, name):
    pair = pair_of(name, kind)
    if kind != "static" and not pair.has_dynamic_sizes():
        pytest.skip("every size is static")
    found = verdicts(pair)
    twin_report.append((kind, name, found))
    wrong = [f"{aspect} {verdict}" for aspect, verdict in found.items() if "wrong" in verdict]
    assert not wrong, "\n".join(wrong)


def outcomes():
    """The table of `twins/outcomes.csv`, of which C++'s part is held against C++ by twins_test."""
    with open(Path(__file__).parent / "twins" / "outcomes.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", outcomes(), ids=lambda row: f"{row['twin']}-{row['mode']}")
def test_outcome_in_python(pair_of, row):
    training = {"both": None, "train": True, "eval": False}[row["mode"]]
    for column, kind in zip(("static", "dim", "auto"), KINDS):
        pair = pair_of(row["twin"], kind)
        if not pair.has_dynamic_sizes():
            pair = pair_of(row["twin"], "static")
        assert pair.python_outcome(training) == row[f"python {column}"]


@pytest.mark.parametrize("name", sorted(FIXED_SIZES[TAKES_NO_SYMBOLS] | FIXED_SIZES[SLICES_SYMBOLS]))
def test_a_plain_read_is_what_fixes_the_size(exported, name):
    """Strict export of the C++ model names it."""
    refusal = (exported / f"{name}.strict.error.txt").read_text()
    assert re.match(r"strict: forward reads the dynamic size s\d+ as a plain integer", refusal)


def test_python_saves_a_cpp_program_as_the_same_text(exported, tmp_path):
    """What C++ wrote is what Python would have written of the same program."""
    for path in sorted(exported.glob("*.pt2")):
        program = torch.export.load(path)
        torch.export.save(program, tmp_path / "again.pt2")
        assert str(torch.export.load(tmp_path / "again.pt2")) == str(program), path.name
