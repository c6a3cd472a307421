"""The twins of the models in `module_call_models.cpp`, under the same names."""

import torch
from torch import nn
from torch.export import Dim


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4, bias=False)
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x, scale):
        self.count.add_(1)
        return self.linear(x).relu() * scale + self.count


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.layers = nn.Sequential(nn.Linear(4, 4, bias=False), nn.ReLU())
        self.unused = nn.Linear(4, 4)

    def forward(self, x):
        y = self.block(x, 2.0) + 1
        return self.block(self.layers(y), 2.0)


class Pair(nn.Module):
    def forward(self, tensors, factor):
        return tensors[0] * factor, tensors[1] + tensors[0]


class Structured(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = Pair()

    def forward(self, x, y):
        first = self.pair([x, y], 3)
        second = self.pair([first[0], first[1]], 4)
        return second[0] - second[1]


class Inner(nn.Module):
    def forward(self, x):
        return x.view(-1) * x.shape[0]


class Sized(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x) + x.shape[0]


def export(model, *args, **options):
    return torch.export.export(model, args, **options)


TWINS = {
    "call_nested": lambda: export(Nested(), torch.ones(2, 4)),
    "call_nested_preserved": lambda: export(
        Nested(), torch.ones(2, 4), preserve_module_call_signature=("block",)
    ),
    "call_structured": lambda: export(
        Structured(), torch.ones(2), torch.full((2,), 5.0), preserve_module_call_signature=("pair",)
    ),
    "call_sized": lambda: export(Sized(), torch.ones(3, 4), dynamic_shapes=({0: Dim("batch")},)),
}
