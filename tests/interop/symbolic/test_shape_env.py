"""The guards, ranges and messages of our ShapeEnv beside those of torch.export."""

from pathlib import Path

import pytest
import sympy
import torch

from shape_env_cases import CASES
from symbolic_support import Session


@pytest.fixture(scope="module")
def session(request):
    session = Session(Path(request.config.getoption("--build")) / "tests" / "symbolic_session")
    yield session
    session.close()


class Branches(torch.nn.Module):
    def __init__(self, conditions):
        super().__init__()
        self.conditions = conditions

    def forward(self, x, y=None, z=None):
        sizes = {}
        for name, tensor in {"x": x, "y": y, "z": z}.items():
            if tensor is not None:
                sizes |= {f"{name}{i}": size for i, size in enumerate(tensor.shape)}
        for condition in self.conditions:
            word, _, rest = condition.partition(" ")
            if word == "check":
                torch._check(eval(rest, {}, sizes))
            elif word == "int":
                int(eval(rest, {}, sizes))
            elif eval(condition, {}, sizes):
                pass
        return x + 1


def in_words_of_cpp(message):
    """Without advice that is for Python alone."""
    message = message.replace(' For more information, run with TORCH_LOGS="+dynamic".', "")
    message = message.replace(
        "If you're using mark_dynamic, either remove it or use maybe_mark_dynamic. ", ""
    )
    return message.replace("Dim.", "Dim::")


def from_python(conditions, shapes, dynamic_shapes):
    """Guards and ranges, or the message."""
    args = tuple(torch.ones(shape) for shape in shapes)
    try:
        program = torch.export.export(
            Branches(conditions), args, dynamic_shapes=tuple(dynamic_shapes), strict=False
        )
    except Exception as error:
        return in_words_of_cpp(str(error).partition("\n\nThe error above occurred")[0])
    ranges = "".join(
        f"{expr}: [{range.lower}, {range.upper}]; "
        for expr, range in program.range_constraints.items()
    )
    return "".join(f"{guard}; " for guard in program._guards_code), ranges


def bound(value):
    return "None" if value is None or str(value) == "int_oo" else str(value)


def asked(dim):
    """What is asked of a dimension, as `symbolic_session` reads it."""
    if dim is None:
        return "fixed None None -"
    kind = type(dim).__name__
    limits = f"{bound(dim.min)} {bound(dim.max)}"
    if kind == "_DimHint":
        return f"{dim.type.name.lower()} {limits} -"
    if kind != "_DerivedDim":
        return f"named {limits} {dim.__name__}"
    root = sympy.Symbol("root")
    factor, offset = sympy.Poly(dim.fn(root), root).all_coeffs()
    name = dim.__name__.replace(" ", "~")
    roots = f"{bound(dim.root.min)} {bound(dim.root.max)}"
    return f"derived {limits} {name} {dim.root.__name__} {factor} {offset} {roots}"


class Size:
    """Writes down what is done with a size, as srepr."""

    def __init__(self, text):
        self.text = text


def operation(function, arguments="{0}, {1}"):
    def record(left, right):
        texts = [side.text if isinstance(side, Size) else f"Integer({side})" for side in (left, right)]
        return Size(f"{function}({arguments.format(*texts)})")

    return record


for method, record in {
    "__add__": operation("Add"),
    "__radd__": operation("Add"),
    "__mul__": operation("Mul"),
    "__rmul__": operation("Mul"),
    "__sub__": operation("Add", "{0}, Mul(Integer(-1), {1})"),
    "__floordiv__": operation("FloorDiv"),
    "__mod__": operation("Mod"),
    "__lt__": operation("StrictLessThan"),
    "__le__": operation("LessThan"),
    "__gt__": operation("StrictGreaterThan"),
    "__ge__": operation("GreaterThan"),
    "__eq__": operation("Equality"),
    "__ne__": operation("Unequality"),
}.items():
    setattr(Size, method, record)


class Failed(Exception):
    pass


def answer(session, line):
    text = session.ask(line)
    if text.startswith("error: "):
        raise Failed(text.removeprefix("error: ").replace("\\n", "\n"))
    return text


def add_inputs(session, shapes, dynamic_shapes):
    sizes = {}
    for name, shape, spec in zip("xyz", shapes, dynamic_shapes):
        for i, hint in enumerate(shape):
            wanted = asked((spec or {}).get(i))
            text = answer(session, f"input L['{name}'].size()[{i}] {hint} {wanted}")
            literal = text.isdigit()
            srepr = f"Integer({text})" if literal else f"Symbol('{text}', positive=True, integer=True)"
            sizes[f"{name}{i}"] = Size(srepr)
    return sizes


def from_session(session, conditions, shapes, dynamic_shapes):
    session.ask("env")
    try:
        sizes = add_inputs(session, shapes, dynamic_shapes)
        for condition in conditions:
            word, _, rest = condition.partition(" ")
            command = {"check": "require", "int": "specialize"}.get(word)
            text = eval(rest if command else condition, {}, sizes).text
            answer(session, f"{command or 'guard'} {text}")
        answer(session, "check")
        ranges = answer(session, "ranges").replace("[None", "[-int_oo").replace("None]", "int_oo]")
        return answer(session, "guards"), ranges
    except Failed as failure:
        return str(failure)


@pytest.mark.parametrize("name", CASES)
def test_guards_ranges_and_messages_are_pythons(session, name):
    assert from_session(session, *CASES[name]) == from_python(*CASES[name])
