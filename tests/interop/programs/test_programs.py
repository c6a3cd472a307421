"""Programs that Python exported, through `pt2` and back."""

import pytest
import torch

from compare import assert_same, run
from models import CASES

# Programs that `pt2 eval` cannot run, and what its error message must contain.
NOT_RUNNABLE = {
    "no_example_inputs": "example inputs",
    "forward_and_backward": "example inputs",
    "parameter_mutation_decomposed": "example inputs",
    "effects": "cannot run the higher-order operator torch.ops.higher_order.with_effects",
}


def test_corpus_holds_what_the_script_makes(programs):
    assert {path.stem for path in programs.paths["linear"].parent.glob("*.pt2")} == set(CASES)


def test_show_prints_what_python_prints(programs, stem):
    shown = programs.shown()
    assert len(shown) == len(programs.paths)
    assert shown[list(programs.paths).index(stem)] == programs.original(stem).text


def test_check_finds_no_fault(programs, pt2):
    done = pt2("check", *programs.paths.values())
    assert (done.returncode, done.stderr) == (0, "")


def test_convert_keeps_every_byte(programs, stem):
    converted = programs.result(f"{stem}.pt2", "convert")
    assert converted.read_bytes() == programs.paths[stem].read_bytes()


def test_transformations_keep_every_byte(programs, stem):
    chain = ("--transform", "serdes_strict", "--transform", "serdes_nonstrict")
    converted = programs.result(f"{stem}.pt2", "convert", *chain)
    assert converted.read_bytes() == programs.paths[stem].read_bytes()


def test_converted_program_loads_in_python(programs, corpus_stem):
    converted = torch.export.load(programs.result(f"{corpus_stem}.pt2", "convert"))
    original = programs.original(corpus_stem)
    assert str(converted) == original.text
    assert_same(run(converted) or [], original.outputs or [])


def test_eval_gives_the_same_bits(programs, stem):
    if stem in NOT_RUNNABLE:
        pytest.skip(f"{NOT_RUNNABLE[stem]}: see test_eval_says_what_it_cannot_run")
    # The one backward operator in the corpus, for its list of bools.
    allowed = ("--allow", "aten::convolution_backward")
    path = programs.result(f"{stem}.out.pt", "eval", "--seed", "0", *allowed)
    outputs = torch.load(path, weights_only=True)
    assert isinstance(outputs, tuple)
    assert_same(list(outputs), programs.original(stem).outputs)


@pytest.mark.parametrize("refused", NOT_RUNNABLE)
def test_eval_says_what_it_cannot_run(programs, pt2, tmp_path, refused):
    done = pt2("eval", "--out", tmp_path, programs.paths[refused])
    assert done.returncode == 1
    assert NOT_RUNNABLE[refused] in done.stderr
    assert not list(tmp_path.iterdir())


def test_show_of_one_file_is_its_text_alone(programs, pt2):
    done = pt2("show", programs.paths["linear"])
    assert (done.returncode, done.stdout) == (0, programs.original("linear").text + "\n")


def test_convert_names_the_root_after_the_file(pt2, programs, tmp_path):
    """Saved to a buffer, the root folder is `archive`; `pt2` writes the file's stem, as Python does."""
    program = torch.export.load(programs.paths["linear"])
    with open(tmp_path / "linear.pt2", "wb") as buffer:
        torch.export.save(program, buffer)
    assert pt2("convert", "--out", tmp_path / "out", tmp_path / "linear.pt2").returncode == 0
    assert (tmp_path / "out" / "linear.pt2").read_bytes() == programs.paths["linear"].read_bytes()


def test_eval_depends_on_the_seed(pt2, programs, tmp_path):
    pt2("eval", "--out", tmp_path, "--seed", "7", programs.paths["random_numbers"])
    outputs = torch.load(tmp_path / "random_numbers.out.pt", weights_only=True)
    program = torch.export.load(programs.paths["random_numbers"])
    assert_same(list(outputs), run(program, seed=7))
