"""Parameters, buffers and constants: shared, viewed, mutated; gradient and autocast regions."""

import torch
from torch import nn
from torch.export.experimental import _export_forward_backward
from torch.nn import functional as F

from .case import Case, case, decomposed, forward_case, functional


def vector():
    return torch.randn(4)


class TiedWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 3, bias=False)
        self.decoder = nn.Linear(4, 3, bias=False)
        self.decoder.weight = self.encoder.weight
        self.register_buffer("scale", torch.rand(3))
        self.register_buffer("same_scale", self.scale)

    def forward(self, x):
        return self.encoder(x) * self.scale + F.linear(x, self.decoder.weight) * self.same_scale


@case
def tied_weights():
    return Case(TiedWeights(), (torch.randn(2, 4),))


class ViewedWeights(nn.Module):
    """Parameters and a buffer that view one storage at different offsets and strides."""

    def __init__(self):
        super().__init__()
        storage = torch.randn(24)
        self.first = nn.Parameter(storage[:8].view(2, 4))
        self.transposed = nn.Parameter(storage[8:20].view(4, 3).t())
        self.register_buffer("every_second", storage[::2])
        self.register_buffer("last", storage[20:])

    def forward(self, x):
        return x @ self.first.t(), x @ self.transposed.t(), self.every_second.sum() + self.last


@case
def viewed_weights():
    return Case(ViewedWeights(), (torch.randn(2, 4),))


class SharedSubmodule(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.wrapped = nn.Sequential(self.layer, nn.ReLU(), self.layer)

    def forward(self, x):
        return self.layer(self.wrapped(x))


@case
def shared_submodule():
    return Case(SharedSubmodule(), (torch.randn(2, 4),))


@case
def preserved_signature():
    return Case(SharedSubmodule(), (torch.randn(2, 4),), preserve=("wrapped",))


class Counter(nn.Module):
    """Buffers of several kinds, changed in place at every call."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.tensor(0))
        self.register_buffer("total", torch.zeros(4))
        self.register_buffer("history", torch.zeros(3, 4), persistent=False)

    def forward(self, x):
        self.calls.add_(1)
        self.total += x
        self.history[1:3].copy_(self.history[0:2].clone())
        self.history[0] = x
        return self.total / self.calls, self.history.mean()


@case
def buffer_mutation():
    return Case(Counter(), (vector(),))


@case
def buffer_mutation_functional():
    return Case(Counter(), (vector(),), then=functional)


@forward_case(vector, lambda: {"target": torch.zeros(4)})
def input_mutation(self, x, state):
    state["target"].add_(x)
    x.mul_(2.0)
    return state["target"].sum()


@forward_case(vector, lambda: {"target": torch.zeros(4)}, then=decomposed)
def input_mutation_decomposed(self, x, state):
    state["target"].add_(x)
    return state["target"].sum(), x * 2


class KeyValueCache(nn.Module):
    """A cache written at a position that is an input."""

    def __init__(self):
        super().__init__()
        self.register_buffer("keys", torch.zeros(1, 6, 4))
        self.register_buffer("positions", torch.arange(6), persistent=False)

    def forward(self, key, position):
        self.keys.index_copy_(1, position, key)
        seen = self.positions <= position[-1]
        return self.keys.masked_fill(~seen[None, :, None], 0.0).sum(1)


@case
def key_value_cache():
    return Case(KeyValueCache(), (torch.randn(1, 2, 4), torch.tensor([2, 3])))


class Constants(nn.Module):
    """Tensors that are neither parameters nor buffers."""

    def __init__(self):
        super().__init__()
        self.table = torch.arange(12.0).view(3, 4)
        self.parts = [torch.tensor([1, 2]), torch.tensor(3.5)]
        self.register_buffer("mask", torch.eye(3, dtype=torch.bool), persistent=False)

    def forward(self, x):
        literal = torch.tensor([[0.5], [1.5], [2.5]])
        picked = self.table[self.parts[0]].sum() * self.parts[1]
        return torch.where(self.mask, x @ self.table.t(), literal) + picked


@case
def constants():
    return Case(Constants(), (torch.randn(3, 4),))


@case
def constants_decomposed():
    return Case(Constants(), (torch.randn(3, 4),), then=decomposed)


class FrozenEncoder(nn.Module):
    """A part that runs without gradients, with a part inside that has them again."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.probe = nn.Linear(4, 2)
        self.encoder.bias.requires_grad = False

    def forward(self, x):
        with torch.no_grad():
            features = self.encoder(x).relu()
            with torch.enable_grad():
                inner = self.probe(x)
            features = features - features.mean()
        return self.probe(features) + inner, features


@case
def no_grad_nested():
    return Case(FrozenEncoder(), (torch.randn(2, 4),))


@case
def no_grad_strict():
    return Case(FrozenEncoder(), (torch.randn(2, 4),), strict=True)


@forward_case(lambda: torch.randn(2, 4), lambda: torch.randn(4, 4, requires_grad=True))
def no_grad_tail(self, x, weight):
    y = x @ weight
    with torch.no_grad():
        return y, y.detach() * 2, y.argmax(-1)


class Autocast(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.layer(x)
            with torch.autocast("cpu", enabled=False):
                z = self.layer(x)
        return y, z


@case
def autocast():
    return Case(Autocast(), (torch.randn(2, 4),))


class BufferNames(nn.Module):
    """Names that need care: unicode, a trailing or leading underscore."""

    def __init__(self):
        super().__init__()
        self.größe = nn.Linear(3, 3)
        self.add_module("层", nn.Sequential(nn.Linear(3, 3), nn.Tanh()))
        self.add_module("lambda_", nn.Linear(3, 3))
        self.register_buffer("π", torch.tensor(3.14159))
        self.register_parameter("_w0", nn.Parameter(torch.ones(3)))

    def forward(self, été):
        y = self.größe(été) * self.π  # «größe» · 层 · 😀
        return {"größe": getattr(self, "lambda_")(getattr(self, "层")(y)), "😀": y * self._w0}


@case
def unicode_names():
    return Case(BufferNames(), (torch.randn(2, 3),))


@case
def extra_files():
    files = {"labels.txt": "cat\ndog\n", "größe.json": '{"größe": "№ 5"}', "empty": ""}
    return Case(nn.Linear(2, 1), (torch.randn(1, 2),), extra_files=files)


def without_example_inputs(program):
    program.example_inputs = None
    return program


@case
def no_example_inputs():
    return Case(nn.Linear(2, 1), (torch.randn(1, 2),), then=without_example_inputs)


class GradientModes(nn.Module):
    """Parameters that do and do not require gradients; a parameter nobody uses."""

    def __init__(self):
        super().__init__()
        self.trained = nn.Parameter(torch.randn(3))
        self.frozen = nn.Parameter(torch.randn(3), requires_grad=False)
        self.unused = nn.Parameter(torch.randn(5))
        self.scalar = nn.Parameter(torch.tensor(2.0))
        self.empty = nn.Parameter(torch.empty(0, 3))

    def forward(self, x):
        return x * self.trained + self.frozen * self.scalar, torch.cat([x[None], self.empty])


@case
def gradient_modes():
    return Case(GradientModes(), (torch.randn(3),))


class LearningStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3))

    def forward(self, gradient):
        with torch.no_grad():
            self.weight.sub_(gradient * 0.1)
        return self.weight.norm()


@case
def parameter_mutation():
    return Case(LearningStep(), (torch.randn(3),))


def only_readable(transform):
    """A program that Python loads and prints, but cannot run: it gets no example inputs."""
    return lambda program: without_example_inputs(transform(program))


@case
def parameter_mutation_decomposed():
    return Case(LearningStep(), (torch.randn(3),), then=only_readable(decomposed))


class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x).square().sum()


@case
def forward_and_backward():
    """The joint graph: the loss and the gradients of the parameters."""
    return Case(Loss(), (torch.randn(4, 3),), then=only_readable(_export_forward_backward))
