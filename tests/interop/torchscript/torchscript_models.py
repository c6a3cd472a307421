"""TorchScript models, scripted and traced, with inputs: the first to convert on, all to run on.

`CASES` maps a name to what builds its case.
"""

import copy
import math
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CASES = {}


@dataclass
class Case:
    """`model` is scripted, or traced on the first inputs if `trace`."""

    model: nn.Module
    inputs: list[tuple]
    trace: bool = False
    operators: set[str] = field(default_factory=set)  # some that the program must call

    def torchscript(self) -> torch.jit.ScriptModule:
        model = copy.deepcopy(self.model)  # it may change its buffers
        return torch.jit.trace(model, self.inputs[0]) if self.trace else torch.jit.script(model)


def case(build):
    CASES[build.__name__] = build
    return build


def randoms(*shapes, count=3):
    """Inputs of these shapes, several times."""
    return [tuple(torch.randn(shape) for shape in shapes) for _ in range(count)]


def scripted(*inputs, operators=()):
    """Makes a case of a class: scripted, with inputs that a function gives."""

    def decorate(cls):
        CASES[cls.__name__] = lambda: Case(cls().eval(), list(inputs[0]()), False, set(operators))
        return cls

    return decorate


@case
def mlp():
    return Case(nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2)), randoms((3, 4)))


@case
def mlp_traced():
    return Case(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)), randoms((3, 4)), trace=True)


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(36, 3), nn.Softmax(dim=1),
    )


@case
def cnn_eval():
    return Case(cnn().eval(), randoms((2, 1, 6, 6)))


@case
def cnn_training():
    return Case(cnn().train(), randoms((2, 1, 6, 6)))


@case
def cnn_traced():
    return Case(cnn().eval(), randoms((2, 1, 6, 6)), trace=True)


@scripted(lambda: randoms((5, 2, 3)), operators={"lstm"})
class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2)

    def forward(self, x):
        y, (h, c) = self.lstm(x)
        return y, h, c


@scripted(lambda: randoms((2, 5, 3)))
class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x, h: Optional[Tensor] = None):
        return self.gru(x, h)[0]


@scripted(lambda: randoms((5, 2, 8)))
class MultiheadAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=True)


@case
def encoder_layer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return Case(layer.train(), randoms((2, 5, 8)))


@scripted(lambda: randoms((2, 4, 6), (2, 4, 6)))
class Attention(nn.Module):
    def forward(self, q, k):
        scores = torch.einsum("bqd,bkd->bqk", q, k) / math.sqrt(q.size(-1))
        mask = torch.ones(q.size(1), k.size(1), dtype=torch.bool).tril()
        return scores.masked_fill(~mask, -float("inf")).softmax(dim=-1)


def both_signs():
    return [(torch.ones(2, 3),), (-torch.ones(2, 3),), (torch.zeros(2, 3),)]


@scripted(both_signs, operators={"cond"})
class IfOnData(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Linear(3, 3)
        self.right = nn.Linear(3, 3)

    def forward(self, x):
        if x.sum() > 0:
            y = self.left(x)
        else:
            y = self.right(x) * 2
        return y + 1


@scripted(both_signs, operators={"cond"})
class IfWithNumbers(nn.Module):
    def forward(self, x):
        n = 1
        scale = 0.5
        if bool((x > 0).all()):
            n = n + 2
            scale = 1.5
        return x * scale + n


@scripted(both_signs, operators={"cond"})
class NestedIf(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            if x.max() > 5:
                x = x - 5
            else:
                x = x * 3
        elif x.min() < -0.5:
            x = x.abs()
        return x


@scripted(both_signs, operators={"cond"})
class EarlyReturn(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x.sin()
        y = x.cos()
        return y + x


@scripted(both_signs, operators={"cond"})
class IfReturnsInput(nn.Module):
    def forward(self, x):
        y = x * 2
        if x.sum() > 0:
            y = x
        return y, x


def counts():
    return [(torch.tensor(n), torch.randn(3)) for n in (3, 0, 1, 17)]


@scripted(counts, operators={"while_loop"})
class WhileOnData(nn.Module):
    def forward(self, n, x):
        i = 0
        while i < int(n):
            x = x * 1.5 + i
            i += 1
        return x, torch.tensor(i * 2)


@scripted(counts, operators={"while_loop"})
class ForWithCountOfData(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, n, x):
        for i in range(int(n)):
            x = torch.tanh(self.linear(x))
        return x


@scripted(lambda: [(torch.full((2,), v),) for v in (1.0, 100.0, 0.01)], operators={"while_loop"})
class WhileUntilLarge(nn.Module):
    def forward(self, x):
        turns = 0
        while bool(x.sum() < 50):
            x = x * 2
            turns += 1
        return x, torch.tensor(turns)


@scripted(lambda: [(torch.tensor(v),) for v in (7.0, -3.0, 0.5)], operators={"cond", "while_loop"})
class IfInWhile(nn.Module):
    def forward(self, x):
        i = 0
        while i < int(x.abs()) + 2:
            if x > 5:
                x = x - 2
            else:
                x = x + 1
            i += 1
        return x


@scripted(lambda: [(torch.arange(6.0) - s,) for s in (0, 3, 9)], operators={"while_loop"})
class BreakOnData(nn.Module):
    def forward(self, x):
        total = torch.zeros(())
        for i in range(10):
            total = total + x.sum()
            if total > 20:
                break
        return total


@scripted(lambda: [(torch.arange(6.0) - s,) for s in (0, 3, 9)])
class NumbersOfData(nn.Module):
    def forward(self, x):
        n = int(x.sum())
        m = x.max().item()
        if (n // 2) % 3 == 1 and not m > 4:
            x = x + 1
        return x * torch.tensor(-n), torch.tensor(math.sqrt(abs(float(n))))


class Block(nn.Module):
    def __init__(self, width: int, activate: bool):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.activate = activate

    def forward(self, x):
        x = self.linear(x)
        if self.activate:
            x = torch.relu(x)
        return x


@scripted(lambda: randoms((2, 4)))
class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(Block(4, i % 2 == 0) for i in range(4))

    def forward(self, x):
        outputs: List[Tensor] = []
        for layer in self.layers:
            x = layer(x)
            outputs.append(x)
        return torch.cat(outputs[1:], dim=1), outputs[0]


@scripted(lambda: randoms((2, 4)))
class SharedBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Block(4, True)
        self.second = self.first

    def forward(self, x):
        return self.second(self.first(x))


@scripted(lambda: randoms((2, 4)))
class Containers(nn.Module):
    def forward(self, x) -> Dict[str, Tuple[Tensor, List[Tensor]]]:
        parts = x.chunk(2, dim=1)
        return {"b": (x, [parts[0], parts[1]]), "a": (x + 1, [])}


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


@scripted(lambda: randoms((2, 4)))
class NamedResult(nn.Module):
    def forward(self, x):
        pair = Pair(x + 1, x * 2)
        return pair.left, Pair(pair.right, x)[0]


@scripted(lambda: [({"x": torch.randn(2), "y": torch.randn(2)},) for _ in range(2)])
class DictInput(nn.Module):
    def forward(self, inputs: Dict[str, Tensor]):
        total = torch.zeros(2)
        for key, value in inputs.items():
            if key != "y":
                total = total + value
        return total - inputs["y"]


@scripted(lambda: [([torch.randn(2), torch.randn(2)], (torch.randn(1), 3)) for _ in range(2)])
class NestedInputs(nn.Module):
    def forward(self, xs: List[Tensor], pair: Tuple[Tensor, int]):
        x, n = pair
        return torch.stack(xs).sum(0) * n + x


@scripted(lambda: randoms((2, 3)))
class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("last", torch.zeros(2, 3))

    def forward(self, x):
        self.calls += 1
        before = self.last
        self.last = x * 2
        return before + self.last + self.calls


@scripted(lambda: randoms((4, 6)))
class SizeArithmetic(nn.Module):
    def forward(self, x):
        b, n = x.size()
        half = n // 2
        y = x.view(b, 2, half).permute(1, 0, 2).reshape(2, -1)
        if n % 2 == 0 and b > 1:
            y = y[:, : b * half - 1]
        return y.unsqueeze(0).expand(3, -1, -1).contiguous(), min(b, n) + len(x)


@case
def size_arithmetic_traced():
    return Case(SizeArithmetic(), randoms((4, 6)), trace=True)


@scripted(lambda: [(torch.arange(6, dtype=torch.int32).view(2, 3) * k,) for k in (1, 2)])
class Conversions(nn.Module):
    def forward(self, x):
        y = x.to(torch.float64) / 3
        z = y.float().half().to(dtype=x.dtype)
        return y, z, x.to(torch.bool) & (x > 1), torch.zeros(3, dtype=y.dtype, device=x.device), x.long() // 2


@scripted(lambda: randoms((4, 5)))
class Slices(nn.Module):
    def forward(self, x):
        x = x.clone()
        x[0] = 1.0
        x[1:3, ::2] += x[2:4, ::2]
        x[..., -1].mul_(2)
        return x[:, None, 1:], x.t()[::2], x[torch.tensor([2, 0])]


@scripted(lambda: randoms((4, 5)))
class InPlace(nn.Module):
    def forward(self, x):
        y = x.relu()
        y.add_(1).clamp_(max=2.0)
        view = y[0]
        view.zero_()
        return y


@scripted(lambda: [(torch.randint(0, 10, (2, 4)),) for _ in range(3)])
class EmbeddingModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 6, padding_idx=0)
        self.norm = nn.LayerNorm(6)

    def forward(self, x):
        positions = torch.arange(x.size(1), device=x.device)
        return self.norm(self.embedding(x) + torch.sin(positions.float()).unsqueeze(-1))


@scripted(lambda: [(torch.full((2, 3), float(k)),) for k in (1, 2, 3)], operators={"_assert_async"})
class Asserts(nn.Module):
    def forward(self, x):
        assert x.dim() == 2, "two dimensions"
        if x.sum() < 0:
            raise ValueError("negative")
        return x.sqrt()


@torch.jit.script
def scaled(x: Tensor, factor: float = 2.0) -> Tensor:
    return x * factor


@scripted(lambda: randoms((2, 3)))
class FreeFunctions(nn.Module):
    def forward(self, x):
        future = torch.jit.fork(scaled, x, 3.0)
        return scaled(x) + torch.jit.wait(future)


@scripted(lambda: randoms((2, 3)))
class WithoutGradient(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        with torch.no_grad():
            y = self.linear(x)
        return self.linear(x) + y


@scripted(lambda: randoms((2, 3)))
class Constants(nn.Module):
    scale: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.scale = 3
        self.table = torch.arange(3.0)
        self.names = ["a", "b"]

    def forward(self, x):
        return x * self.scale + self.table + torch.tensor([1.0, 2.0, 3.0]) * len(self.names)


@scripted(lambda: randoms((2, 3), (3,)))
class Methods(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 3))

    def transform(self, x, bias: Optional[Tensor]):
        y = x @ self.weight
        return y if bias is None else y + bias

    def forward(self, x, b):
        return self.transform(x, None) - self.transform(x, b)


@case
def loss_traced():
    class Loss(nn.Module):
        def forward(self, x, y):
            return F.cross_entropy(x, y.argmax(dim=1)) + F.mse_loss(x, y)

    return Case(Loss(), randoms((4, 3), (4, 3)), trace=True)
