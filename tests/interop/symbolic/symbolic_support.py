"""Random expressions built twice, by SymPy and as unsimplified text, and a session of our own."""

import subprocess
from dataclasses import dataclass

import sympy
from torch.utils._sympy import functions as torch_functions

SIZES = [sympy.Symbol(name, positive=True, integer=True) for name in ("s77", "s17", "s3")]
INTEGERS = [sympy.Symbol(name, integer=True) for name in ("u0", "u1")]
RELATIONS = {
    "Equality": sympy.Eq,
    "Unequality": sympy.Ne,
    "StrictLessThan": sympy.Lt,
    "LessThan": sympy.Le,
    "StrictGreaterThan": sympy.Gt,
    "GreaterThan": sympy.Ge,
}


@dataclass(frozen=True)
class Tree:
    """`text` is the srepr of the tree as built; `sympy` is what SymPy simplified it to."""

    text: str
    sympy: sympy.Basic


def call(name, function, *arguments):
    text = f"{name}({', '.join(argument.text for argument in arguments)})"
    return Tree(text, function(*[argument.sympy for argument in arguments]))


def leaf(value):
    value = sympy.sympify(value)
    return Tree(sympy.srepr(value), value)


def divisor(rng):
    return leaf(rng.choice(SIZES) if rng.random() < 0.4 else rng.choice([1, 2, 3, 4, 6]))


def number(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        kind = rng.random()
        if kind < 0.4:
            return leaf(rng.choice(SIZES))
        return leaf(rng.choice(INTEGERS) if kind < 0.6 else rng.choice([-3, -2, -1, 0, 1, 2, 3, 4, 8]))
    left = number(rng, depth - 1)
    name = rng.choice(["Add", "Add", "Mul", "Mul", "FloorDiv", "Mod", "Max", "Min", "Pow"])
    if name == "Pow":
        return call(name, sympy.Pow, left, leaf(2))
    if name in ("Add", "Mul"):
        return call(name, getattr(sympy, name), left, number(rng, depth - 1))
    if name in ("Max", "Min"):
        return call(name, getattr(torch_functions, name), left, number(rng, depth - 1))
    if name == "Mod" and not left.sympy.is_nonnegative:
        name = "PythonMod"
    return call(name, getattr(torch_functions, name), left, divisor(rng))


def condition(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.6:
        name = rng.choice(sorted(RELATIONS))
        return call(name, RELATIONS[name], number(rng, 2), number(rng, 2))
    if kind < 0.75:
        return call("And", sympy.And, condition(rng, depth - 1), condition(rng, depth - 1))
    if kind < 0.9:
        return call("Or", sympy.Or, condition(rng, depth - 1), condition(rng, depth - 1))
    return call("Not", sympy.Not, condition(rng, depth - 1))


def trees(rng, make, count):
    """So many trees that Python can build; some meet a bug of SymPy or a number without end."""
    made = []
    while len(made) < count:
        try:
            tree = make(rng)
        except (AssertionError, TypeError, ValueError, ZeroDivisionError):
            continue
        if all(atom.is_Integer for atom in tree.sympy.atoms(sympy.Number)):
            made.append(tree)
    return made


def random_point(rng):
    point = {symbol: rng.choice([1, 2, 3, 5, 12]) for symbol in SIZES}
    return point | {symbol: rng.choice([-7, -1, 0, 1, 4, 9]) for symbol in INTEGERS}


def value_at(expr, point):
    return str(expr.xreplace({symbol: sympy.Integer(value) for symbol, value in point.items()}))


class Session:
    """A process of `symbolic_session`, asked line by line."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def value_at(self, text, point):
        bindings = " ".join(f"{symbol.name}={value}" for symbol, value in point.items())
        return self.ask(f"evaluate {bindings} in {text}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
