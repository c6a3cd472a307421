"""How `pt2 from-torchscript` takes its arguments and reports what fails."""

import pytest
import torch
from test_cli import LINEAR, pt2


class Model(torch.nn.Module):
    def forward(self, x, n: int):
        if n > 2:
            raise ValueError("too many")
        return x * n


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.pt"
    torch.jit.script(Model()).save(path)
    return path


def saved(tmp_path, *inputs):
    torch.save(inputs, tmp_path / "inputs.pt")
    return tmp_path / "inputs.pt"


@pytest.mark.parametrize("mode", [(), ("--strict",), ("--non-strict",)])
def test_a_model_becomes_a_program(model, tmp_path, mode):
    done = pt2(
        "from-torchscript", model, "--inputs", saved(tmp_path, torch.ones(3), 2),
        "-o", tmp_path / "model.pt2", *mode,
    )
    assert (done.returncode, done.stderr) == (0, "")
    program = torch.export.load(tmp_path / "model.pt2").module()
    assert torch.equal(program(torch.full((3,), 4.0), 2), torch.full((3,), 8.0))


def test_random_inputs_have_the_type_and_shape_that_were_named(tmp_path):
    class Inputs(torch.nn.Module):
        def forward(self, a, b, c, d):
            return a, b, c, d

    torch.jit.script(Inputs()).save(tmp_path / "inputs.pt")
    specs = ("f64[]", "i64[4,5]<3", "bool[2]", "bf16[0,7]")
    done = pt2(
        "from-torchscript", tmp_path / "inputs.pt", "-o", tmp_path / "inputs.pt2",
        *(word for spec in specs for word in ("--input", spec)),
    )
    assert (done.returncode, done.stderr) == (0, "")
    a, b, c, d = torch.export.load(tmp_path / "inputs.pt2").example_inputs[0]
    assert [x.dtype for x in (a, b, c, d)] == [torch.float64, torch.int64, torch.bool, torch.bfloat16]
    assert [tuple(x.shape) for x in (a, b, c, d)] == [(), (4, 5), (2,), (0, 7)]
    assert b.min() >= 0 and b.max() < 3


@pytest.mark.parametrize(
    "words, reason",
    [
        ([], "needs a MODEL"),
        (["model.pt"], "needs --out FILE"),
        (["model.pt", "-o", "x", "--strict", "--non-strict"], "exclude each other"),
        (["model.pt", "-o", "x", "--input", "f32[1]", "--inputs", "y"], "exclude each other"),
        (["model.pt", "-o", "x", "--input", "f31[1]"], "'f31' is no type"),
        (["model.pt", "-o", "x", "--input", "f32[1"], "a ',' is missing"),
        (["model.pt", "-o", "x", "--input", "f32[-1]"], "a number is missing or wrong"),
        (["model.pt", "-o", "x", "--input", "f32[99999999,99999999]"], "that is too large"),
        (["model.pt", "-o", "x", "--input", "i64[2]<0"], "no number is below 0"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_4(words, reason):
    done = pt2("from-torchscript", *words)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("pt2: ") and done.stderr.count("\n") == 1
    assert reason in done.stderr


def failure(*words):
    done = pt2("from-torchscript", *words)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_file_that_is_no_torchscript_model_is_reported(tmp_path):
    plain = tmp_path / "plain.pt"
    torch.save({"x": torch.ones(2)}, plain)
    cut = tmp_path / "cut.pt"
    torch.jit.script(Model()).save(cut)
    cut.write_bytes(cut.read_bytes()[:700])
    text = tmp_path / "text.pt"
    text.write_text("no model")
    for path in (plain, cut, text, LINEAR):
        assert f"pt2: {path}: it is no TorchScript model" in failure(path, "-o", tmp_path / "out.pt2")
    assert "there is no such file" in failure(tmp_path / "absent.pt", "-o", tmp_path / "out.pt2")
    assert not (tmp_path / "out.pt2").exists()


def test_what_the_model_cannot_take_or_do_is_reported_with_its_place(model, tmp_path):
    out = ("-o", tmp_path / "out.pt2")
    assert "forward() misses its argument 'x'" in failure(model, *out)
    assert "argument 'n' of forward()" in failure(model, "--input", "f32[2]", "--input", "f32[2]", *out)
    assert "no method 'encode'" in failure(model, "--method", "encode", *out)
    message = failure(model, "--inputs", saved(tmp_path, torch.ones(3), 3), *out)
    assert "forward raises an exception" in message and "too many" in message
    assert "test_from_torchscript.py, line" in message


def test_a_model_does_not_write_files(tmp_path):
    class Writer(torch.nn.Module):
        def __init__(self, path: str):
            super().__init__()
            self.path = path

        def forward(self, x):
            torch.save(x, self.path)
            return x

    path = tmp_path / "written.pt"
    torch.jit.script(Writer(str(path))).save(tmp_path / "writer.pt")
    words = (tmp_path / "writer.pt", "--input", "f32[2]", "-o", tmp_path / "out.pt2")
    for mode in ("--strict", "--non-strict"):
        assert "aten::save" in failure(*words, mode)
    assert not path.exists()
