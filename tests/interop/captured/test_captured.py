"""Programs captured in C++, loaded and run in Python."""

import re
from pathlib import Path

import torch

from compare import difference, run

INSERTED = ("_assert_scalar", "sym_size")


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


def test_captured_programs_print_alike(captured, pt2):
    """With the lines of C++ in comments."""
    for path in sorted(captured.glob("*.pt2")):
        assert pt2("show", path).stdout.strip() == str(torch.export.load(path)).strip(), path.name


def test_nodes_know_the_cpp_lines_that_call_them(captured):
    source = (Path(__file__).parent / "module_call_models.cpp").read_text().splitlines()
    traced = 0
    for path in sorted(captured.glob("*.pt2")):
        for node in torch.export.load(path).graph.nodes:
            if node.op != "call_function":
                continue
            trace = node.meta.get("stack_trace", "")
            frames = re.findall(r'File "(.+)", line (\d+), in (.+)\n    (.*)', trace)
            for file, line, function, code in frames:
                if not file.endswith("_models.cpp"):  # the models' own namespace is roundtrip, too
                    assert not re.search(r"^(at|std|roundtrip|torch)::", function), function
                if file.endswith("/module_call_models.cpp"):
                    assert source[int(line) - 1].strip() == code.strip()
                    traced += 1
    assert traced > 10


def test_operators_are_the_torch_functions(captured):
    """`torch_fn`, which Python writes for a call of `torch.ops.aten.add.Tensor`."""
    for path in sorted(captured.glob("*.pt2")):
        for node in torch.export.load(path).graph.nodes:
            if isinstance(node.target, torch._ops.OpOverload):
                if "torch_fn" not in node.meta:
                    # Put in for what is known of sizes: no call of the model's.
                    assert node.name.startswith(INSERTED), f"{path.name}: {node}"
                    continue
                name, function = node.meta["torch_fn"]
                assert function == f"OpOverload.{node.target.__name__}"
                assert re.fullmatch(re.escape(node.target.__name__) + r"_\d+", name)
