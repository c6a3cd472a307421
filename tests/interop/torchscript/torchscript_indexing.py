"""TorchScript models that index with tensors, computed or given, and hand lists of sizes on."""

import enum
import math
import warnings
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torchscript_models import CASES, Case, randoms, scripted


def rows(count=3):
    return [(torch.randn(4, 5), torch.randint(0, 4, (3,))) for _ in range(count)]


@scripted(rows)
class ReadRows(nn.Module):
    def forward(self, x, i):
        return x[i], x[:, i], x[i, i], x[i, 1:], x[i][:, None], x[None, i]


CASES["read_rows_traced"] = lambda: Case(ReadRows(), rows(), trace=True)


@scripted(rows)
class WriteRows(nn.Module):
    def forward(self, x, i):
        y = x.clone()
        y[i] = 1.0
        y[:, i] *= 2
        y[i, i] = x[i, 0]
        y.index_put_((i,), x[i], accumulate=True)
        return y


@scripted(lambda: randoms((4, 5)))
class WriteMasked(nn.Module):
    def forward(self, x):
        y = x.clone()
        y[x > 0.5] = 1.0
        y[x.sum(1) > 0] = -1.0
        return y, torch.where(x > 0, x, y)


@scripted(lambda: randoms((4, 5)))
class ReadMasked(nn.Module):
    def forward(self, x):
        return x[x > 0.5], x[x.sum(1) > 0]


@scripted(lambda: randoms((4, 5)))
class BufferIndex(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("index", torch.tensor([0, 2]))

    def forward(self, x):
        return x[self.index], x[self.index + 1]


@scripted(lambda: randoms((2, 3, 8, 8)))
class SizesOfSlices(nn.Module):
    def forward(self, x):
        size = x.shape[-2:]
        y = F.interpolate(F.max_pool2d(x, 2), size=size, mode="bilinear", align_corners=False)
        zeros = x.new_zeros(x.shape[:2])
        return y + x, zeros, x.view(x.shape[:1] + [-1])


@scripted(lambda: randoms((4, 6)))
class SortedSizes(nn.Module):
    def forward(self, x):
        sizes = [x.size(1), x.size(0)]
        sizes.sort()
        return x.reshape(sizes), sizes[0]


@scripted(lambda: randoms((5, 3)))
class CeilOfQuotient(nn.Module):
    def forward(self, x):
        return x * math.ceil(x.size(0) / 2), x * math.floor(x.size(0) / 3)


@scripted(lambda: randoms((3, 4)))
class BufferWithGradient(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("total", torch.zeros(1))
        self.register_buffer("mean", torch.zeros(1))

    def forward(self, x):
        y = self.linear(x)
        self.total += y.sum()
        before = self.mean
        self.mean = self.mean * 0.9 + y.sum() * 0.1
        return y + self.total + self.mean, before


@scripted(lambda: randoms((2, 3)))
class SwappedBuffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("now", torch.zeros(2, 3))
        self.register_buffer("before", torch.ones(2, 3))
        self.register_buffer("first", torch.ones(3))

    def forward(self, x):
        now = self.now
        self.now = now + x
        self.before = now
        self.first = self.now[0]
        return self.before * 2, now, {"first": self.first}


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Scale(NamedTuple):
    factor: float
    offset: Tensor


@scripted(lambda: randoms((2, 3)))
class EnumAttribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.color = Color.BLUE
        self.colors = [Color.RED, Color.BLUE]
        self.scale = Scale(0.5, torch.ones(3))

    def forward(self, x):
        y = x * self.color.value if self.color == Color.BLUE else x
        for color in self.colors:
            if color == Color.RED:
                y = y + 1
        return y * self.scale[0] + self.scale[1]


@scripted(lambda: randoms((2, 3)))
class Warns(nn.Module):
    def forward(self, x):
        if torch.jit.is_scripting():
            warnings.warn("scripted")
        return x + 1
