"""Inputs and outputs that are nested containers, numbers, strings or None."""

from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from typing import Optional

import torch
from torch import nn
from torch.export import register_dataclass
from torch.utils import _pytree as pytree

from .case import Case, case, forward_case


@dataclass
class Detection:
    box: torch.Tensor
    score: torch.Tensor
    label: Optional[torch.Tensor] = None


Moments = namedtuple("Moments", ["mean", "deviation"])

register_dataclass(Detection, serialized_type_name="corpus.Detection")
pytree._register_namedtuple(Moments, serialized_type_name="corpus.Moments")


def row():
    return torch.randn(3)


@forward_case(lambda: {"b": row(), "a": [row(), (row(), row())], "c": {}}, lambda: ((), [row()]))
def nested_inputs(self, tree, pair):
    first, (second, third) = tree["a"]
    return tree["b"] + first * second - third + pair[1][0]


@forward_case(row)
def nested_outputs(self, x):
    return {"z": [x + 1, (x * 2, None, [])], "a": {"deep": ({"er": x.sum()},)}, 3: x, "n": None}


@forward_case(row)
def single_tuple_output(self, x):
    return (x.exp(),)


@forward_case(row)
def constant_outputs(self, x):
    return x, 3, 2.5, None, True, [x.shape[0], float("inf"), -0.0]


@forward_case(row)
def input_returned(self, x):
    y = x * 2
    return x, y, y, x


@forward_case(row)
def no_outputs(self, x):
    x.add_(1)


@forward_case(row, lambda: OrderedDict(b=row(), a=row()))
def ordered_dict(self, x, table):
    return OrderedDict((key, value * x) for key, value in reversed(table.items()))


@forward_case(row)
def other_containers(self, x):
    counts = defaultdict(list)
    counts["a"].append(x + 1)
    return deque([x, x * 2], maxlen=3), counts, deque([x.sum()])


@forward_case(row)
def dataclass_output(self, x):
    return [Detection(x, x.sum()), Detection(x * 2, x.mean(), x.argmax())]


@forward_case(row)
def namedtuple_output(self, x):
    return Moments(x.mean(), deviation=x.std())


@forward_case(row, lambda: 2, lambda: 0.5, lambda: True, lambda: None, lambda: "sum")
def plain_inputs(self, x, count, factor, flag, nothing, reduction):
    y = x.repeat(count) * factor if flag and nothing is None else x
    return getattr(y, reduction)()


class Optionals(nn.Module):
    def forward(self, x, y=None, *, scale: float = 2.0, offset=None, mode="add"):
        x = x * scale
        if offset is not None:
            x = x + offset
        return x if y is None else x - y


@case
def default_arguments():
    return Case(Optionals(), (row(),))


@case
def keyword_arguments():
    return Case(Optionals(), (row(),), {"offset": row(), "scale": 0.5})


@case
def keyword_arguments_reordered():
    return Case(Optionals(), (), {"offset": row(), "y": row(), "x": row()})


class Variadic(nn.Module):
    def forward(self, first, *rest, **named):
        total = first
        for tensor in rest:
            total = total + tensor
        return {key: total * value for key, value in named.items()}


@case
def variadic_arguments():
    return Case(Variadic(), (row(), row(), row()), {"left": row(), "right": row()})


@case
def no_inputs():
    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(2, 2))

        def forward(self):
            return self.weight * torch.arange(2)

    return Case(Generator())
