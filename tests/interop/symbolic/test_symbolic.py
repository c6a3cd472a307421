"""Our algebra and proofs beside SymPy's, on random expressions."""

import random
from pathlib import Path

import pytest
import sympy
from torch.fx.experimental.symbolic_shapes import safe_expand

from symbolic_support import Session, condition, number, random_point, trees, value_at


@pytest.fixture
def session(request):
    session = Session(Path(request.config.getoption("--build")) / "tests" / "symbolic_session")
    yield session
    session.close()


def random_number(rng):
    return number(rng, rng.choice([1, 2, 3]))


def random_condition(rng):
    return condition(rng, 2)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_sympys(session, seed):
    for tree in trees(random.Random(seed), random_number, 250):
        expected = f"{tree.sympy}\t{sympy.srepr(tree.sympy)}"
        assert session.ask("print " + tree.text) == expected, tree.text


@pytest.mark.parametrize("seed", range(4))
def test_conditions_are_sympys_or_say_the_same(session, seed):
    """SymPy leaves some relations undecided that we decide, but never the other way round."""
    rng = random.Random(seed)
    identical = 0
    made = trees(rng, random_condition, 100)
    for tree in made:
        text, srepr = session.ask("print " + tree.text).split("\t")
        identical += srepr == sympy.srepr(tree.sympy)
        for point in (random_point(rng) for _ in range(3)):
            assert session.value_at(tree.text, point) == value_at(tree.sympy, point), text
    assert identical >= 0.95 * len(made)


@pytest.mark.parametrize("seed", range(2))
def test_values_are_sympys(session, seed):
    rng = random.Random(seed)
    for tree in trees(rng, random_number, 150):
        point = random_point(rng)
        assert session.value_at(tree.text, point) == value_at(tree.sympy, point), tree.text


def test_expansion_is_pythons(session):
    for tree in trees(random.Random(7), random_number, 200):
        assert session.ask("expand " + tree.text) == str(safe_expand(tree.sympy)), tree.text


def start(session, rng):
    """An environment with ranges and hints that a point gives; the symbols are ours."""
    session.ask("env")
    sources = {"s77": "L['x'].size()[0]", "s17": "L['y'].size()[0]", "s3": None}
    names = {}
    for name, source in sources.items():
        if source:
            names[name] = session.ask(f"input {source} {rng.choice([2, 5, 12])} named 0 64 d{name}")
    assert names == {"s77": "s77", "s17": "s17"}
    session.ask(f"unbacked {rng.choice([0, 4, 9])}")
    session.ask("size Symbol('u0', integer=True)")
    session.ask(f"unbacked {rng.choice([-7, 1])}")


def points(rng):
    """Any point in the ranges of `start`; s3 is not one of its symbols."""
    while True:
        sizes = {"s77": rng.randint(2, 64), "s17": rng.randint(2, 64)}
        yield sizes | {"u0": rng.randint(0, 20), "u1": rng.randint(-20, 20)}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_known_statically_holds_everywhere(session, seed):
    rng = random.Random(seed)
    decided = 0
    for _ in range(15):
        start(session, rng)
        assumed = []
        for tree in trees(rng, random_condition, 2):
            if "s3" not in tree.text and not session.ask("require " + tree.text).startswith("error"):
                assumed.append(tree)
        for tree in trees(rng, random_condition, 12):
            if "s3" in tree.text:
                continue
            known = session.ask("known " + tree.text)
            decided += known != "None"
            for _, point in zip(range(20), points(rng)):
                bound = {symbol: point[symbol.name] for symbol in tree.sympy.free_symbols}
                facts = [
                    value_at(fact.sympy, {s: point[s.name] for s in fact.sympy.free_symbols})
                    for fact in assumed
                ]
                if known != "None" and all(fact == "True" for fact in facts):
                    assert value_at(tree.sympy, bound) == known, tree.text
    assert decided > 0
