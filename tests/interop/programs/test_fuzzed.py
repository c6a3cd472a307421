"""Models made at random, of which C++ captured programs: in Python each does what its model did."""

import warnings

import pytest
import torch
from torch.utils import _pytree as pytree

CASES = 40


@pytest.fixture(scope="module")
def fuzzed(model_fuzzer, tmp_path_factory):
    """`NAME.pt2`, captured or made of such a program, and the runs of its model in `NAME.pt`."""
    folder = tmp_path_factory.mktemp("fuzzed")
    done = model_fuzzer("--cases", CASES, "--save", folder)
    assert done.returncode == 0, done.stdout
    return folder


def set_state(module: torch.nn.Module, values: tuple[torch.Tensor, ...]):
    with torch.no_grad():
        for number, value in enumerate(values):
            getattr(module, f"t{number}").copy_(value)


def state_of(module: torch.nn.Module, count: int) -> list[torch.Tensor]:
    return [getattr(module, f"t{number}").detach() for number in range(count)]


def assert_same(ours, models, what: str):
    torch.testing.assert_close(
        ours, models, rtol=1e-4, atol=1e-5, equal_nan=True, msg=lambda text: f"{what}: {text}"
    )


def compare(module: torch.nn.Module, run: dict):
    inputs = [tensor.clone() for tensor in run["inputs"]]
    set_state(module, run["state"])
    outputs = pytree.tree_leaves(module(*inputs))
    outputs = [torch.as_tensor(output).detach() for output in outputs]
    assert_same(outputs, list(run["outputs"]), "results")
    assert_same(inputs, list(run["inputs_after"]), "inputs after the run")
    assert_same(state_of(module, len(run["state"])), list(run["state_after"]), "state")


def test_programs_of_random_models_do_in_python_what_the_models_do(fuzzed):
    compared, different = 0, {}
    for path in sorted(fuzzed.glob("*.pt2")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = torch.export.load(path).module()
            for number, run in enumerate(torch.load(path.with_suffix(".pt"))):
                try:
                    compare(module, run)
                    compared += 1
                except Exception as error:  # noqa: BLE001: all of them are told together
                    # Control flow of Python's takes no tensor that is conjugated lazily.
                    if "HigherOrderOperator" in str(error) and "Conjugate" in str(error):
                        continue
                    different[f"{path.stem}, run {number}"] = f"{type(error).__name__}: {error}"
    assert compared > CASES
    assert not different, "\n".join(f"{name}: {text}" for name, text in different.items())
