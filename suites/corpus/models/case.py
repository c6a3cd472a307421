"""How a model of the corpus is stated: what to export, on which inputs, and how."""

from dataclasses import dataclass, field
from typing import Any, Callable

from torch import nn
from torch.export import ExportedProgram


@dataclass
class Case:
    """One program of the corpus."""

    model: nn.Module
    args: tuple = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    dynamic_shapes: Any = None
    strict: bool = False
    preserve: tuple[str, ...] = ()  # submodules whose call signature is kept
    then: Callable[[ExportedProgram], ExportedProgram] = lambda program: program
    extra_files: dict[str, str] = field(default_factory=dict)


# What builds each case, by the name of its file.
CASES: dict[str, Callable[[], Case]] = {}


def case(build: Callable[[], Case]) -> Callable[[], Case]:
    """Adds the case that `build` returns, under its name."""
    assert build.__name__ not in CASES, build.__name__
    CASES[build.__name__] = build
    return build


def forward_case(*inputs: Callable[[], Any], **options: Any):
    """Adds a module without state, whose forward is the decorated function.

    Each of `inputs` makes one positional input; `options` are those of Case, each
    a function too if it must be made anew (kwargs).
    """

    def decorate(forward):
        name = "".join(word.capitalize() for word in forward.__name__.split("_"))
        module = type(name, (nn.Module,), {"forward": forward, "__module__": forward.__module__})

        def build():
            made = {k: v() if k == "kwargs" else v for k, v in options.items()}
            return Case(module(), tuple(make() for make in inputs), **made)

        build.__name__ = forward.__name__
        return case(build)

    return decorate


def decomposed(program: ExportedProgram) -> ExportedProgram:
    """Core ATen: functional, with mutations in the signature."""
    return program.run_decompositions()


def functional(program: ExportedProgram) -> ExportedProgram:
    """Functional, but with composite operators whole."""
    return program.run_decompositions({})
