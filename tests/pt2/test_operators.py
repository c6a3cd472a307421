"""`--library` and `--allow`: programs that call operators which LibTorch does not have."""

import pytest
import torch
from test_cli import LINEAR, PT2, pt2

LIBRARY = PT2.parent.parent / "tests" / "operators" / "doubling_operators.so"
FLAGS = ("--library", LIBRARY, "--allow", "doubling")


class Twice(torch.nn.Module):
    def forward(self, x):
        return torch.ops.doubling.twice(x) + 1


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.ops.load_library(LIBRARY)
    path = tmp_path_factory.mktemp("operators") / "twice.pt"
    torch.jit.script(Twice()).save(path)
    return path


def convert(model, program, *words):
    return pt2("from-torchscript", model, "--input", "f32[2,3]", "-o", program, *words)


@pytest.fixture
def program(model, tmp_path):
    done = convert(model, tmp_path / "twice.pt2", *FLAGS)
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "twice.pt2"


@pytest.mark.parametrize("mode", ["--strict", "--non-strict"])
def test_operators_of_a_library_are_kept_and_run(model, tmp_path, mode):
    program = tmp_path / "twice.pt2"
    done = convert(model, program, *FLAGS, mode)
    assert (done.returncode, done.stderr) == (0, "")
    done = pt2("eval", "--out", tmp_path, *FLAGS, program)
    assert (done.returncode, done.stderr) == (0, "")
    x = torch.export.load(program).example_inputs[0][0]
    assert torch.equal(torch.load(tmp_path / "twice.out.pt")[0], x + x + 1)


def test_what_a_transformation_runs_needs_leave_too(program, tmp_path):
    decompose = ("convert", "--out", tmp_path / "out", "--transform", "decompose")
    refused = pt2(*decompose, *FLAGS[:2], program)
    assert refused.returncode == 1 and "--allow doubling" in refused.stderr
    done = pt2(*decompose, *FLAGS, program)
    assert (done.returncode, done.stderr) == (0, "")
    assert "doubling.twice" in pt2("show", tmp_path / "out" / program.name).stdout


def test_each_refusal_says_the_option_that_lifts_it(model, program, tmp_path):
    out = tmp_path / "out.pt2"
    evaluate = ("eval", "--out", tmp_path, program)
    for done, option in (
        (convert(model, out), "--library FILE"),
        (convert(model, out, *FLAGS[:2]), "--allow doubling"),
        (pt2("check", program), "--library FILE"),
        (pt2(*evaluate, "--allow", "doubling"), "--library FILE"),
        (pt2(*evaluate, *FLAGS[:2]), "--allow doubling"),
    ):
        assert done.returncode == 1 and option in done.stderr, done.stderr
    assert pt2("check", *FLAGS[:2], program).returncode == 0


def test_a_library_that_cannot_be_loaded_is_wrong_usage(tmp_path):
    done = pt2("check", "--library", tmp_path / "absent.so", LINEAR)
    assert done.returncode == 4
    assert "absent.so" in done.stderr
