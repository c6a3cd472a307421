"""Wrong uses of dynamic shapes give Python's messages."""

import pytest
import torch
from torch.export import AdditionalInputs, Dim, export

X = torch.ones(4, 3)
D = Dim("d")


class Model(torch.nn.Module):
    def forward(self, x, y):
        return x


class OneInput(torch.nn.Module):
    def forward(self, x):
        return x["a"]


def ask(shapes, second, first=X):
    # A tensor given twice would be one input.
    second = torch.ones(4, 3) if second is X else second
    export(Model(), (first, second), dynamic_shapes=shapes, strict=False)


def differing(first, second):
    inputs = AdditionalInputs()
    inputs.add((X, second))
    inputs.dynamic_shapes(Model(), (X, first))


def a_list():
    return [torch.ones(4, 3), torch.ones(4, 3)]


def a_dict():
    return {"a": torch.ones(4, 3), "b": [torch.ones(4, 3)]}


CASES = {
    "name": lambda: Dim("2x"),
    "equal_bounds": lambda: Dim("x", min=3, max=3),
    "bounds_reversed": lambda: Dim("x", min=3, max=2),
    "max_zero": lambda: Dim("x", max=0),
    "times_zero": lambda: D * 0,
    "times_negative": lambda: (D + 1) * -2,
    "hint_negative_min": lambda: Dim.AUTO(min=-1),
    "hint_negative_max": lambda: Dim.DYNAMIC(max=-1),
    "hint_reversed": lambda: Dim.AUTO(min=4, max=3),
    "derived_negative": lambda: (D - 1).min,
    "derived_too_large": lambda: (4 * Dim("q", max=2**62)).max,
    "static_size": lambda: ask({"x": {0: 5}, "y": None}, X),
    "short_tuple": lambda: ask({"x": (D,), "y": None}, X),
    "bare_dim": lambda: ask({"x": D, "y": None}, X),
    "bare_hint": lambda: ask({"x": Dim.AUTO(min=2, max=9), "y": None}, X),
    "no_dimension": lambda: ask({"x": (D, {0: D}), "y": None}, X),
    "two_definitions": lambda: ask({"x": {0: D}, "y": {0: Dim("d", min=2, max=8)}}, X),
    "two_roots": lambda: ask({"x": {0: 2 * D}, "y": {0: 2 * Dim("d", min=3, max=9)}}, X),
    "not_of_the_form": lambda: ask({"x": {0: 2 * D + 1}, "y": {1: D}}, X),
    "spec_below_zero": lambda: ask({"x": {0: D - 1}, "y": None}, X),
    "named_integer": lambda: ask({"x": {0: D}, "y": D}, 3),
    "float": lambda: ask({"x": None, "y": Dim.AUTO}, 1.5),
    "float_bounds": lambda: ask({"x": None, "y": Dim.DYNAMIC(min=1, max=5)}, 1.5),
    "float_named": lambda: ask({"x": None, "y": D}, 1.5),
    "named_boolean": lambda: ask({"x": {0: D}, "y": D}, True),
    "float_dims": lambda: ask({"x": None, "y": {0: 2 * D}}, 1.5),
    "string": lambda: ask({"x": None, "y": Dim.STATIC}, "a"),
    "none": lambda: ask({"x": None, "y": {0: D}}, None),
    "missing_name": lambda: ask({"x": {0: D}}, X),
    "wrong_name": lambda: ask({"x": {0: D}, "z": None}, X),
    "dict_itself": lambda: export(
        OneInput(), (a_dict(),), dynamic_shapes={"a": {0: D}, "b": None}, strict=False
    ),
    "too_few": lambda: ask((None,), X),
    "list_none": lambda: ask({"x": None, "y": None}, a_list()),
    "list_none_positional": lambda: ask((None, None), a_list()),
    "list_tuple": lambda: ask({"x": None, "y": (None, None)}, a_list()),
    "list_dict": lambda: ask({"x": None, "y": {0: D, 1: D}}, a_list()),
    "list_short": lambda: ask({"x": None, "y": [None]}, a_list()),
    "dict_keys": lambda: ask({"x": None, "y": {"a": None, "c": None}}, a_dict()),
    "inner_path": lambda: ask({"x": None, "y": {"a": None, "b": [(D,)]}}, a_dict()),
    "inner_mismatch": lambda: ask({"x": None, "y": {"a": None, "b": ({0: D},)}}, a_dict()),
    "differing_floats": lambda: differing(1.0, 2.5),
    "differing_bools": lambda: differing(True, False),
    "differing_strings": lambda: differing("a", "b"),
    "differing_types": lambda: differing(1, True),
    "differing_numbers": lambda: differing(1, 1.0),
    "none_and_tensor": lambda: differing(None, X),
    "differing_rank": lambda: differing(X, torch.ones(2, 3, 4)),
    "tensor_and_list": lambda: differing(X, [X]),
    "differing_length": lambda: differing([X], [X, X]),
}


@pytest.fixture(scope="module")
def messages(wrong_specs):
    done = wrong_specs()
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def test_both_sides_have_the_same_cases(messages):
    assert set(messages) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_message(messages, name):
    with pytest.raises(Exception) as raised:
        CASES[name]()
    # What follows names pages and tools of Python.
    words = str(raised.value).split("\n\nThe error above occurred")[0]
    words = words.split("For more information about this error, see:")[0]
    assert messages[name].strip() == words.strip().replace("Dim.", "Dim::")
