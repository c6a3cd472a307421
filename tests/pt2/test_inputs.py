"""What a program takes, as `pt2 inputs` tells it, and what `pt2 eval` and `pt2 run` take from files."""

import json
import re

import pytest
import torch
from test_cli import LINEAR, pt2


class Attend(torch.nn.Module):
    def forward(self, x, pair, n, mode, *, mask=None):
        x.add_(1)
        y = pair[0] * n + pair[1]["b"].sum()
        return x, y if mask is None else y * mask


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("inputs") / "attend.pt2"
    batch = torch.export.Dim("batch", min=3, max=64)
    x, pair = torch.ones(4, 2), (torch.ones(9), {"b": torch.ones(5, dtype=torch.int64)})
    exported = torch.export.export(
        Attend(), (x, pair, 3, "fast"), {"mask": torch.ones(9)},
        dynamic_shapes={
            "x": {0: batch}, "pair": ({0: 2 * batch + 1}, {"b": None}), "n": None, "mode": None,
            "mask": {0: 2 * batch + 1},
        })  # fmt: skip
    torch.export.save(exported, path)
    return path


def test_inputs_are_listed_with_types_and_ranges(program):
    done = pt2("inputs", program)
    assert (done.returncode, done.stderr) == (0, "")
    symbol = re.search(r"f32\[(s\d+), 2\]", done.stdout)[1]
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert lines[0] == [str(program)]
    assert [name for name, _ in lines[1:]] == ["x", "pair[0]", "pair[1]['b']", "n", "mode", "mask"]
    rest = [re.sub(" +", " ", text) for _, text in lines[1:]]
    assert rest[0] == f"f32[{symbol}, 2] {symbol} from 3 to 64"
    assert rest[1] == f"f32[2*{symbol} + 1] 2*{symbol} + 1 from 7 to 129"
    assert rest[2] == "i64[5]"
    assert rest[3:5] == ["3 must be just that", "'fast' must be just that"]


def test_inputs_are_listed_as_json(program):
    done = pt2("inputs", "--json", program, LINEAR)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["file"], first["model"]) == (str(program), "model")
    x, pair, b, n, *_ = first["inputs"]
    assert (x["name"], x["kind"], x["dtype"], x["device"]) == ("x", "tensor", "Float", "cpu")
    assert [(size["dynamic"], size["min"], size["max"]) for size in x["sizes"]] == [
        (True, 3, 64), (False, 2, 2)]  # fmt: skip
    assert pair["sizes"][0]["max"] == 129
    assert b["dtype"] == "Long" and n["kind"] == "constant" and n["type"] == "3"
    assert [entry["name"] for entry in second["inputs"]] == ["input"]


def test_a_file_that_is_no_program_is_reported_and_the_rest_go_on(tmp_path):
    (tmp_path / "no.pt2").write_text("no")
    done = pt2("inputs", tmp_path / "no.pt2", LINEAR)
    assert done.returncode == 1 and "no.pt2" in done.stderr
    assert done.stdout.startswith(f"{LINEAR}\n")


def given_inputs(size):
    return torch.rand(size, 2), (torch.rand(2 * size + 1), {"b": torch.arange(5)}), 3, "fast"


@pytest.mark.parametrize(
    "saved",
    [
        lambda args, mask: (args, {"mask": mask}),
        lambda args, mask: {"mask": mask, **dict(zip(("mode", "n", "pair", "x"), args[::-1]))},
        lambda args, mask: (args[:2], {"n": args[2], "mode": args[3], "mask": mask}),
    ],
    ids=["both", "by name", "some by name"],
)
def test_eval_runs_on_inputs_of_a_file(saved, program, tmp_path):
    args, mask = given_inputs(6), torch.rand(13)
    torch.save(saved(args, mask), tmp_path / "inputs.pt")
    done = pt2("eval", "--out", tmp_path, "--inputs", tmp_path / "inputs.pt", program)
    assert (done.returncode, done.stderr) == (0, "")
    expected = Attend()(*args, mask=mask)
    given = torch.load(tmp_path / "attend.out.pt")
    assert all(torch.equal(one, other) for one, other in zip(given, expected, strict=True))


@pytest.mark.parametrize(
    "saved", [lambda x: x, lambda x: (x,), lambda x: [x], lambda x: {"input": x}]
)
def test_one_input_may_be_saved_in_any_way(saved, tmp_path):
    x = torch.rand(2, 4)
    torch.save(saved(x), tmp_path / "x.pt")
    done = pt2("eval", "--out", tmp_path, "--inputs", tmp_path / "x.pt", LINEAR)
    assert (done.returncode, done.stderr) == (0, "")
    expected = torch.export.load(LINEAR).module()(x)
    assert torch.equal(torch.load(tmp_path / "linear.out.pt")[0], expected)


@pytest.mark.parametrize(
    "content, reason",
    [
        (None, "it is not a regular file"),
        (b"no archive", "the inputs in '"),
        (torch.ones(2, 5), "Guard failed: "),
        (torch.ones(2, 4).double(), "Tensor dtype mismatch! Expected: torch.float32, Got: torch.float64"),
        ({"y": torch.ones(2, 4)}, "missing input 'input'"),
        ((torch.ones(2, 4), torch.ones(1)), "too many inputs"),
    ],
)
def test_inputs_that_do_not_fit_are_told(content, reason, tmp_path):
    file = tmp_path / "inputs.pt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        torch.save(content, file)
    for command in (("eval", "--out", tmp_path), ("run",)):
        done = pt2(*command, "--inputs", file, LINEAR)
        assert done.returncode == 1
        assert reason in done.stderr and done.stderr.startswith(f"pt2: {LINEAR}: ")


def test_run_tells_the_time_of_a_run_and_what_comes_out(program, tmp_path):
    done = pt2("run", "--runs", "5", LINEAR, program)
    assert (done.returncode, done.stderr) == (0, "")
    first, gives, times, second, *_ = done.stdout.splitlines()
    assert (first, second) == (str(LINEAR), str(program))
    assert gives == "  gives f32[2, 3]"
    number = r"[\d.]+ ms"
    assert re.fullmatch(
        rf"  first run {number}, then {number} a run \(median of 4, from {number} to {number}\)", times)  # fmt: skip
    once = pt2("run", "--runs", "1", "--inputs", LINEAR, LINEAR).stdout
    assert re.fullmatch(rf"  first run {number}", once.splitlines()[2])
