"""How `pt2 from-torchscript` takes its arguments and reports what fails."""

import math
import zipfile
from typing import Tuple

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


class Sizes(torch.nn.Module):
    def forward(self, x, n: int):
        return x.reshape(x.size(0) * x.size(1), -1) * n


@pytest.fixture
def sizes(tmp_path):
    torch.jit.script(Sizes()).save(tmp_path / "sizes.pt")
    return tmp_path / "sizes.pt", "--inputs", saved(tmp_path, torch.ones(3, 4, 5), 2)


def test_sizes_that_may_vary_are_named(sizes, tmp_path):
    done = pt2(
        "from-torchscript", *sizes, "-o", tmp_path / "sizes.pt2", "--dynamic", "x:0=batch[1..64]",
        "--dynamic", "x:1=batch+1", "--dynamic", "x:2=AUTO", "--dynamic", "n=DYNAMIC[..9]",
    )
    assert (done.returncode, done.stderr) == (0, "")
    exported = torch.export.load(tmp_path / "sizes.pt2")
    ranges = sorted((int(bounds.lower), str(bounds.upper)) for bounds in exported.range_constraints.values())
    assert (1, "64") in ranges and (0, "9") in ranges
    result = exported.module()(torch.ones(7, 8, 2), 3)
    assert torch.equal(result, torch.full((56, 2), 3.0))


@pytest.mark.parametrize(
    "specs, reason",
    [
        (["x:0"], "a '=' is missing at character 4"),
        ([":0=n"], "the name of the input is missing at character 1"),
        (["x:a=n"], "a whole number is missing or too large at character 3"),
        (["x:99999999999999999999=n"], "a whole number is missing or too large"),
        (["x:0=n[1..2"], "a ']' is missing at character 11"),
        (["x:0=n[1]"], "a '..' is missing"),
        (["x:0=n[1..2]z"], "'z' is too much"),
        (["x:0=n[9..2]"], "min"),
        (["x:0=1n"], "a '*' is missing"),
        (["x:0=a b"], "identifier"),
        (["x:0=auto"], "'auto' is written AUTO or DYNAMIC, in capitals"),
        (["x:0=2*AUTO"], "only of a named size"),
        (["x:0=2*n[1..3]"], "belong where it stands alone"),
        (["x:0=n[1..9]", "x:1=n[1..8]"], "'n' has other bounds in another --dynamic"),
        (["y:0=n"], "there is no input 'y' but x, n"),
        (["x:3=n"], "the example input has 3 dimensions, numbered from 0"),
        (["x=n"], "it is a tensor, so a dimension is missing"),
        (["x.0:1=n"], "a Tensor has no item '0'"),
        (["x:0=n", "x:0=m"], "another --dynamic is about this dimension"),
        (["x:0=n[4..8]"], "the example input's size is 3, which is outside of the bounds"),
        (["n:0=AUTO"], "it is a number, which has no dimensions"),
    ],
)
def test_wrong_dynamic_sizes_are_one_line_and_exit_4(sizes, tmp_path, specs, reason):
    words = [word for spec in specs for word in ("--dynamic", spec)]
    done = pt2("from-torchscript", *sizes, "-o", tmp_path / "out.pt2", *words)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("pt2: --dynamic '") and done.stderr.count("\n") == 1
    assert reason in done.stderr and "write x:0=batch" in done.stderr
    assert not (tmp_path / "out.pt2").exists()


def test_a_size_that_the_run_fixes_is_named(tmp_path):
    class Turns(torch.nn.Module):
        def forward(self, x):
            for _ in range(x.size(0)):
                x = x + 1
            return x

    torch.jit.script(Turns()).save(tmp_path / "turns.pt")
    words = ("from-torchscript", tmp_path / "turns.pt", "--input", "f32[3]", "-o", tmp_path / "turns.pt2")
    for mode in ("--strict", "--non-strict"):
        done = pt2(*words, mode, "--dynamic", "x:0=AUTO")
        assert done.returncode == 0
        assert "warning: L['x'].size()[0] was read as a plain number" in done.stderr
        assert "for 3 only" in done.stderr
        done = pt2(*words, mode, "--dynamic", "x:0=turns")
        assert done.returncode == 1 and "specialized it to be a constant (3)" in done.stderr


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


def test_damaged_models_are_errors_not_crashes(tmp_path):
    whole = tmp_path / "whole.pt"
    torch.jit.script(torch.nn.Linear(3, 2)).save(whole)
    data = whole.read_bytes()
    damaged = tmp_path / "damaged.pt"
    for position in range(0, len(data), len(data) // 12):
        damaged.write_bytes(data[:position] + b"\xff\x80\x7f" + data[position + 3:])
        done = pt2("from-torchscript", damaged, "--input", "f32[1,3]", "-o", tmp_path / "out.pt2")
        assert done.returncode in (0, 1) and done.stdout == "", (position, done.stderr)


def rewritten(path, source, change):
    """The archive with each record as `change(name, bytes)` gives it; `None` leaves it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if (data := change(name, old.read(name))) is not None:
                new.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "record, data",
    [
        ("data.pkl", None),
        ("data.pkl", b""),
        ("data.pkl", b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."),
        ("data.pkl", b"\x80\x02" + b"(" * 100000 + b"."),
        ("data.pkl", b"\x80\x02\x8a\xff" + b"\x7f" * 10),
        ("data/0", None),
        ("data/0", b"\0" * 23),  # a storage's record is shorter than the model claims
        ("version", b"999999999999999999999"),
        ("constants.pkl", b"\x80\x02]q\x00."),
        ("linear.py", b"def forward(self, input):\n  return forward(forward(\n"),
    ],
)
def test_hostile_records_are_errors_not_crashes(tmp_path, record, data):
    whole = tmp_path / "whole.pt"
    torch.jit.script(torch.nn.Linear(3, 2)).save(whole)
    hostile = rewritten(tmp_path / "hostile.pt", whole,
                        lambda name, old: data if name.endswith("/" + record) else old)
    done = pt2("from-torchscript", hostile, "--input", "f32[1,3]", "-o", tmp_path / "out.pt2")
    assert done.returncode == 1 and done.stderr.startswith(f"pt2: {hostile}: "), done.stderr
    assert not (tmp_path / "out.pt2").exists()


# Linear(3, 2) says this of its weight, 6 floats, and of its bias, 2 floats.
WEIGHT = b"K\x00(K\x02K\x03t(K\x03K\x01t"
WEIGHT_ID = b"K\x06tQ"
HUGE = b"\x8a\x08" + b"\xff" * 7 + b"\x3f"


@pytest.mark.parametrize(
    "old, new, reason",
    [
        # geometry: offset, sizes, strides
        (WEIGHT, b"K\x00(K\x02K\x03t(K\x04K\x01t", "a tensor is larger than its storage"),
        (WEIGHT, b"K\x01(K\x02K\x03t(K\x03K\x01t", "a tensor is larger than its storage"),
        (WEIGHT, b"K\x00(K\x03K\x03t(K\x03K\x01t", "a tensor is larger than its storage"),
        (WEIGHT, b"J\xff\xff\xff\xff(K\x02K\x03t(K\x03K\x01t", "geometry is wrong"),
        (WEIGHT, b"K\x00(K\x02K\x03t(K\x03J\xff\xff\xff\xfft", "a negative size or stride"),
        (WEIGHT, b"K\x00(K\x02K\x03t(" + HUGE + b"K\x01t", "larger than its storage"),
        (WEIGHT, b"K\x00(" + HUGE + b"K\x09t(K\x00K\x00t", "geometry is wrong"),
        (WEIGHT, b"K\x00(K\x02K\x03t(K\x03t", "geometry is wrong"),
        # numbers of elements
        (WEIGHT_ID, b"K\x07tQ", "data/0': it has 24 bytes, but the model's data.pkl says 28"),
        (WEIGHT_ID, HUGE + b"tQ", "data/0': a storage cannot have"),
        (WEIGHT_ID, b"J\xff\xff\xff\xfftQ", "data/0': a storage cannot have -1 elements"),
        # ids that are made in another way
        (WEIGHT_ID, b"\x88tQ", "another kind than its place demands"),
        (WEIGHT_ID, b"N\x85tQ", "another kind than its place demands"),
        (WEIGHT_ID, b"K\x06tq\xf00(h\xf0Q", "instruction 48"),
        (WEIGHT_ID, b"cbuiltins\ncomplex\n(K\x06tRtQ", "another kind than its place demands"),
        (WEIGHT_ID, b"K\x06K\x06tQ", "a storage's id is not"),
        (WEIGHT_ID, b"K\x06th\x00Q", "another kind than its place demands"),
        (b"ctorch\nFloatStorage\n", b"K\x07", "another kind than its place demands"),
        (b"ctorch\nFloatStorage\n", b"ctorch._tensor\n_rebuild_from_type_v2\n0", "is never unpickled"),
        # what the stack lacks
        (b"ub", b"Nub", "entries are added to no dict"),
        (b"\x80\x02", b"\x80\x02R", "the stack is empty"),
        (b"\x80\x02", b"\x80\x02N(\x85", "the stack is empty"),
    ],
)
def test_what_a_pickle_says_of_tensors_is_checked(tmp_path, old, new, reason):
    whole = tmp_path / "whole.pt"
    torch.jit.script(torch.nn.Linear(3, 2)).save(whole)

    def change(name, data):
        if not name.endswith("/data.pkl"):
            return data
        assert old in data
        return data.replace(old, new, 1)

    message = failure(rewritten(tmp_path / "hostile.pt", whole, change), "-o", tmp_path / "out.pt2")
    assert "record 'data" in message and reason in message


def test_constants_are_checked_too(tmp_path):
    class Constant(torch.nn.Module):
        def forward(self, x):
            return x + torch.tensor([1.0, 2.0, 3.0])

    torch.jit.trace(Constant(), torch.ones(3)).save(tmp_path / "whole.pt")
    words = ("--input", "f32[3]", "-o", tmp_path / "out.pt2")
    assert pt2("from-torchscript", tmp_path / "whole.pt", *words).returncode == 0
    short = rewritten(tmp_path / "short.pt", tmp_path / "whole.pt",
                      lambda name, data: data[:8] if "/constants/" in name else data)
    assert "record 'constants/0': it has 8 bytes" in failure(short, *words)


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = 1, [torch.ones(2)]

    def forward(self, x):
        return x * self.first + self.second[0]


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.other = Inner(), torch.nn.ReLU()

    def forward(self, x):
        return self.other(self.inner(x))


@pytest.mark.parametrize(
    "old, new, reason",
    [
        (b"K\x01X", b"NX", "attribute 'first' is no int"),
        (b"q\x0fe", b"q\x0fK\x01e", "attribute 'second' is no List[Tensor]"),
        (b"test_from_torchscript\nInner\n", b"torch.nn.modules.activation\nReLU\n",
         "attribute 'inner' is no __torch__.test_from_torchscript.Inner"),
    ],
)
def test_attributes_are_of_the_type_that_their_class_declares(tmp_path, old, new, reason):
    torch.jit.script(Outer()).save(tmp_path / "whole.pt")
    words = ("--input", "f32[2]", "-o", tmp_path / "out.pt2")
    assert pt2("from-torchscript", tmp_path / "whole.pt", *words).returncode == 0
    record = zipfile.ZipFile(tmp_path / "whole.pt").read("whole/data.pkl")
    assert old in record
    hostile = rewritten(tmp_path / "hostile.pt", tmp_path / "whole.pt",
                        lambda name, data: data.replace(old, new) if "data.pkl" in name else data)
    message = failure(hostile, *words)
    assert "record 'data.pkl'" in message and reason in message


def test_objects_are_not_taken_for_those_of_another_class(tmp_path):
    torch.jit.script(Outer()).save(tmp_path / "whole.pt")
    call, cast = b"other = self.other", b"other = unchecked_cast(%s, self.inner)"
    relu = b"__torch__.torch.nn.modules.activation.ReLU"

    def change(name, data):
        return data.replace(call, cast % relu) if name.endswith("test_from_torchscript.py") else data

    hostile = rewritten(tmp_path / "hostile.pt", tmp_path / "whole.pt", change)
    for mode in ("--strict", "--non-strict"):
        message = failure(hostile, "--input", "f32[2]", "-o", tmp_path / "out.pt2", mode)
        assert f"takes a value for an object of {relu.decode()} unchecked" in message


def test_code_that_would_run_while_loading_is_refused(tmp_path):
    class Restored(torch.nn.Module):
        def __init__(self, path: str):
            super().__init__()
            self.path, self.training = path, False

        @torch.jit.export
        def __getstate__(self):
            return self.path, self.training

        @torch.jit.export
        def __setstate__(self, state: Tuple[str, bool]):
            self.path, self.training = state
            torch.save(torch.ones(2), self.path)

        def forward(self, x):
            return x

    torch.jit.script(Restored(str(tmp_path / "written.pt"))).save(tmp_path / "restored.pt")
    message = failure(tmp_path / "restored.pt", "--input", "f32[2]", "-o", tmp_path / "out.pt2")
    assert "a class has a '__setstate__'" in message
    assert not (tmp_path / "written.pt").exists()


def test_a_loop_without_end_is_an_error(tmp_path):
    class Endless(torch.nn.Module):
        def forward(self, x):
            n = 1
            while n > 0:
                n = 1 + n % 7
            return x + n

    torch.jit.script(Endless()).save(tmp_path / "endless.pt")
    message = failure(tmp_path / "endless.pt", "--input", "f32[2]", "-o", tmp_path / "out.pt2")
    assert "loops iterate more than" in message


class Autocast(torch.nn.Module):
    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return x @ x


@pytest.mark.parametrize("mode", ["--strict", "--non-strict"])
def test_autocast_is_refused(tmp_path, mode):
    torch.jit.script(Autocast()).save(tmp_path / "model.pt")
    done = pt2("from-torchscript", tmp_path / "model.pt", "--input", "f32[3,3]",
               "-o", tmp_path / "model.pt2", mode)
    assert done.returncode == 1 and not (tmp_path / "model.pt2").exists()
    assert "autocast regions in a TorchScript model are not supported" in done.stderr
    assert "in prim::Enter" in done.stderr


class Ceil(torch.nn.Module):
    def forward(self, x):
        return x * math.ceil(x.size(0) * 0.3)


def test_a_rounding_that_files_cannot_hold_is_refused(tmp_path):
    torch.jit.script(Ceil()).save(tmp_path / "model.pt")
    done = pt2("from-torchscript", tmp_path / "model.pt", "--input", "f32[4,3]",
               "-o", tmp_path / "model.pt2", "--dynamic", "x:0=batch")
    assert done.returncode == 1 and not (tmp_path / "model.pt2").exists()
    assert "a program that calls `ceil` on a number cannot be saved" in done.stderr
