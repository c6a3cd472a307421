"""Holds the program that C++ made of a model against what Python makes of its twin."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch.export import Dim
from torch.utils import _pytree as pytree

from compare import difference
from twins import TWINS

MEANING = {
    "exports": "exported by both",
    "bits": "program gives the C++ model's bits in Python",
    "outputs": "program gives the Python twin's outputs",
    "ranges": "same range constraints",
    "text": "same graph text",
    "modules": "nodes in the modules that Python has",
    "unflattened": "modules made of it give the C++ model's bits",
}
ASPECTS = tuple(MEANING)


def dims_of(described):
    """`dynamic_shapes` of Python from what C++ wrote: names, "DYNAMIC", "AUTO" and None."""

    def dim(name):
        return {"DYNAMIC": Dim.DYNAMIC, "AUTO": Dim.AUTO}.get(name) or Dim(name)

    return pytree.tree_map_only(str, dim, described)


def leaves(tree):
    return pytree.tree_leaves(tree, is_leaf=lambda leaf: leaf is None)


def comparable_text(program) -> str:
    """The printed program without its comments and ranges."""
    lines = str(program).splitlines()
    kept = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    return "\n".join(line for line in kept if not line.startswith("Range constraints:"))


def close(left, right) -> bool:
    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
        same_kind = left.shape == right.shape and left.dtype == right.dtype
        return same_kind and torch.allclose(left, right, rtol=1e-5, atol=1e-6, equal_nan=True)
    return type(left) is type(right) and left == right


def module_stacks(program) -> dict:
    """By node: the calls of modules that it is in, without the root, whose type is the twin's own."""
    return {
        node.name: tuple(
            (key, name, kind if kind.startswith("torch.nn.") else kind.split(".")[-1])
            for key, (name, kind) in node.meta["nn_module_stack"].items()
        )[1:]
        for node in program.graph.nodes
        if node.op == "call_function" and node.meta.get("nn_module_stack")
    }


def within(own, other) -> bool:
    """Whether a node is in the module that the other one is in, or in a caller of that."""
    return own == other[: len(own)]


class Refused(str):
    """In place of a program: why a frontend did not export the model."""


@dataclass(eq=False)
class Pair:
    """A C++ model's program, and its twin in Python."""

    folder: Path
    name: str
    kind: str  # static, dynamic or automatic

    def recorded(self):
        """What is dynamic, and (args, kwargs, outputs of the C++ model) for each size, anew. Of an
        automatic program only the first size: its ranges say which it takes."""
        shapes, automatic, runs = torch.load(self.folder / f"{self.name}.runs.pt", weights_only=True)
        if self.kind == "dynamic":
            return shapes, runs
        return automatic if self.kind == "automatic" else None, runs[:1]

    def has_dynamic_sizes(self) -> bool:
        return any(isinstance(leaf, str) for leaf in leaves(self.recorded()[0]))

    @cached_property
    def cpp(self):
        stem = self.folder / f"{self.name}.{self.kind}"
        refusal = Path(f"{stem}.error.txt")
        if refusal.is_file():
            return Refused(refusal.read_text())
        return torch.export.load(f"{stem}.pt2")

    @cached_property
    def state(self):
        """The C++ model's weights."""
        return {name: tensor.clone() for name, tensor in self.cpp.state_dict.items()}

    def twin(self):
        twin = TWINS[self.name]()
        if not isinstance(self.cpp, Refused):
            twin.load_state_dict(self.state)
        return twin

    @cached_property
    def python(self):
        return self.export(self.twin())

    def export(self, module):
        shapes, runs = self.recorded()
        args, kwargs, _ = runs[0]
        dynamic = None if shapes is None else dims_of(shapes)
        try:
            return torch.export.export(module, args, kwargs, dynamic_shapes=dynamic)
        except Exception as error:
            return Refused(f"{type(error).__name__}: {error}")

    def python_outcome(self, training) -> str:
        """works, at all sizes that the C++ model was run at; static, for the first size alone; or
        refused, in training or evaluation or (None) as the twin is made."""
        program = self.python if training is None else self.export(self.twin().train(training))
        if isinstance(program, Refused):
            return f"refused: {program.splitlines()[0].split(' For more information')[0]}"
        module = program.module()
        for args, kwargs, _ in torch.load(self.folder / f"{self.name}.runs.pt", weights_only=True)[2]:
            try:
                module(*args, **kwargs)
            except AssertionError:  # a guard
                return "static"
            if self.kind == "static":
                break
        return "works"

    def run(self, module, index):
        args, kwargs, _ = self.recorded()[1][index]
        torch.manual_seed(0)
        return leaves(module(*args, **kwargs))

    def run_cpp(self, index, as_module=torch.export.ExportedProgram.module):
        module = as_module(self.cpp)
        module.load_state_dict(self.state, strict=False)
        return self.run(module, index)

    def differences(self, told) -> str:
        """What `told(index)` says of each size."""
        count = len(self.recorded()[1])
        return "; ".join(f"size {index}: {text}" for index in range(count) if (text := told(index)))

    def exports(self) -> str:
        refusals = {"C++": self.cpp, "Python": self.python}
        lines = [f"{who}: {said}" for who, said in refusals.items() if isinstance(said, Refused)]
        return "\n".join(lines)

    def bits(self, as_module=torch.export.ExportedProgram.module) -> str:
        def told(index):
            outputs, expected = self.run_cpp(index, as_module), self.recorded()[1][index][2]
            if len(outputs) != len(expected):
                return f"{len(outputs)} and {len(expected)} outputs"
            return "; ".join(filter(None, map(difference, outputs, expected)))

        return self.differences(told)

    def unflattened(self) -> str:
        return self.bits(torch.export.unflatten)

    def outputs(self) -> str:
        def told(index):
            ours, theirs = self.run_cpp(index), self.run(self.twin(), index)
            same = len(ours) == len(theirs) and all(map(close, ours, theirs))
            return "" if same else f"{ours}\nand\n{theirs}"

        return self.differences(told)

    def ranges(self) -> str:
        ours, theirs = (
            {str(symbol): str(values) for symbol, values in program.range_constraints.items()}
            for program in (self.cpp, self.python)
        )
        return "" if ours == theirs else f"C++ {ours} and Python {theirs}"

    def text(self) -> str:
        ours, theirs = comparable_text(self.cpp), comparable_text(self.python)
        return "" if ours == theirs else f"C++\n{ours}\nand Python\n{theirs}"

    def modules(self) -> str:
        """Which nodes are in modules that Python's are not in. Where C++ calls other operators
        nodes of one parameter are compared, and the calls of modules as such."""
        ours, theirs = module_stacks(self.cpp), module_stacks(self.python)
        if not self.text():
            pairs = zip(ours.items(), theirs.values())
            wrong = [f"{name}: {own} and {other}" for (name, own), other in pairs if not within(own, other)]
        else:
            called = {stack[:depth] for stack in theirs.values() for depth in range(len(stack) + 1)}
            wrong = [f"{name}: {own}" for name, own in ours.items() if own not in called]
        return "\n".join(wrong)

    def difference(self, aspect: str) -> str:
        """How the two differ in an aspect; empty if they agree."""
        return getattr(self, aspect)()


def summary_lines(verdicts) -> list[str]:
    """How many agree in each aspect, of how many that could be compared."""
    lines = []
    for kind in dict.fromkeys(kind for kind, _, _ in verdicts):
        for aspect in ASPECTS:
            told = [found[aspect] for of, _, found in verdicts if of == kind and aspect in found]
            same, explained = told.count("agree"), told.count("explained")
            line = f"{kind:<11}{MEANING[aspect]:<48}{same:>4} of {len(told)}"
            lines.append(line + (f", {explained} known to differ" if explained else ""))
    return lines
