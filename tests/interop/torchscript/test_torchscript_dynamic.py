"""Programs of TorchScript models with dynamic sizes, against the models at other sizes."""

import copy
from functools import cache

import pytest
import torch
from torch.utils import _pytree as pytree

import torchscript_indexing  # noqa: F401  (adds its cases)
import torchscript_layers
import torchscript_models
from compare import assert_same
from torchscript_dynamic import DYNAMIC, STATIC, WITHOUT_SIZES, resized

CASES = torchscript_models.CASES


@cache
def case_of(name):
    torch.manual_seed(0)
    return CASES[name]() if name in CASES else torchscript_layers.case(name)


def specs_of(name):
    return DYNAMIC[name] if name in DYNAMIC else torchscript_layers.LAYERS[name].sizes


def arguments_of(model):
    return [argument.name for argument in model.forward.schema.arguments[1:]]


@pytest.fixture(scope="module")
def convert(pt2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dynamic")

    def convert(name, specs, *options):
        case = case_of(name)
        model, inputs, program = (folder / (name + suffix) for suffix in (".pt", ".in.pt", ".pt2"))
        case.torchscript().save(model)
        torch.save(case.inputs[0], inputs)
        dynamic = [word for spec in specs for word in ("--dynamic", spec)]
        done = pt2("from-torchscript", model, "--inputs", inputs, "--out", program, *dynamic, *options)
        return done, program

    return convert


def test_every_model_is_tried():
    assert sorted([*DYNAMIC, *STATIC, *WITHOUT_SIZES]) == sorted(CASES)


TAKEN = [*DYNAMIC, *(name for name in torchscript_layers.LAYERS if name not in torchscript_layers.REFUSED)]


@pytest.mark.parametrize("name", TAKEN)
@torch.no_grad()
def test_programs_give_what_the_model_gives_at_other_sizes(convert, name):
    specs = specs_of(name)
    done, path = convert(name, specs)
    assert done.returncode == 0 and not done.stderr, done.stderr
    exported = torch.export.load(path)
    assert len(exported.range_constraints) >= len({spec.partition("=")[2] for spec in specs})
    program = exported.module()
    case = case_of(name)
    model = case.torchscript()
    for turn, sizes in enumerate([dict(zip(specs, column)) for column in zip(*specs.values())]):
        torch.manual_seed(turn)
        inputs = resized(case.inputs[turn % len(case.inputs)], arguments_of(model), sizes)
        torch.manual_seed(turn)
        expected = pytree.tree_leaves(model(*copy.deepcopy(inputs)))
        torch.manual_seed(turn)
        assert_same(pytree.tree_leaves(program(*copy.deepcopy(inputs))), expected)


@pytest.mark.parametrize("name", [*STATIC, *torchscript_layers.REFUSED])
def test_a_size_that_the_model_fixes_is_an_error(convert, name):
    specs, reason = STATIC.get(name) or (specs_of(name), torchscript_layers.REFUSED[name])
    done, path = convert(name, specs)
    assert done.returncode == 1 and not path.exists()
    assert reason in done.stderr
