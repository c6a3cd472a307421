"""Sizes, numbers and branches that are not known when exporting."""

import torch
from torch import nn
from torch.export import Dim
from torch.nn import functional as F

from .case import Case, case, decomposed, forward_case


def matrix():
    return torch.randn(4, 6)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.layers(x)


@case
def dynamic_batch():
    return Case(Classifier(), (matrix(),), dynamic_shapes={"x": {0: Dim("batch", min=2, max=64)}})


@case
def dynamic_batch_strict():
    return Case(
        Classifier().eval(), (matrix(),), dynamic_shapes={"x": {0: Dim("batch")}}, strict=True
    )


@case
def dynamic_batch_decomposed():
    return Case(
        Classifier().eval(), (matrix(),), dynamic_shapes={"x": {0: Dim("batch")}}, then=decomposed
    )


@forward_case(matrix, matrix, dynamic_shapes=({0: Dim.AUTO, 1: Dim.AUTO}, {0: Dim.AUTO, 1: Dim.AUTO}))
def dynamic_auto(self, x, y):
    return x + y, x.reshape(-1), torch.zeros(x.shape[0] * 2)


@forward_case(
    lambda: torch.randn(4), lambda: torch.randn(9),
    dynamic_shapes=({0: Dim("d", min=2, max=32)}, {0: 2 * Dim("d", min=2, max=32) + 1}),
)
def dynamic_derived(self, x, y):
    return y[1:] - torch.cat([x, x]), y[: x.shape[0]] * x


EQUAL = Dim("equal", min=3, max=100)


@forward_case(
    lambda: torch.randn(5, 4), lambda: torch.randn(5), lambda: {"z": torch.randn(2, 5)},
    dynamic_shapes=({0: EQUAL}, {0: EQUAL}, {"z": {1: EQUAL}}),
)
def dynamic_equal(self, x, y, more):
    return x * y[:, None], more["z"] @ x


@forward_case(matrix, dynamic_shapes=({0: 2 * Dim("half", min=1, max=64), 1: Dim.DYNAMIC},))
def dynamic_sizes(self, x):
    rows, columns = x.shape
    return (
        x.view(rows // 2, 2 * columns) if rows % 2 == 0 else x,
        x.new_zeros(rows + columns - 1, (columns + 1) // 2),
        rows * columns,
        x[: rows - 1, -1],
        F.pad(x, (0, columns, 1, 0)),
        torch.arange(0, rows * 2, 2),
    )


@forward_case(
    lambda: torch.randn(1, 2, 8, 8),
    dynamic_shapes=({2: Dim("h", min=5, max=128), 3: Dim("w", min=5, max=128)},),
)
def dynamic_image(self, image):
    pooled = F.max_pool2d(image, 2)
    return F.interpolate(pooled, scale_factor=3), F.avg_pool2d(image, 3, stride=2).flatten(1)


@case
def dynamic_sequence():
    return Case(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), (torch.randn(2, 5, 8),),
        dynamic_shapes=({0: Dim("batch"), 1: Dim("length", max=512)},),
    )


@forward_case(matrix, lambda: 3, lambda: 2, dynamic_shapes=(None, Dim.DYNAMIC, Dim.AUTO))
def dynamic_int_inputs(self, x, count, width):
    return x[:, :width] * count, count + width, torch.full((count, 2), count)


@forward_case(lambda: torch.tensor(3), matrix)
def item_checked(self, n, x):
    count = n.item()
    torch._check(count >= 1)
    torch._check(count <= 4)
    return x[:count].sum(0), torch.zeros(count, 2), count * 2


@forward_case(lambda: torch.tensor([2.5, 1.0]), matrix)
def item_float(self, factors, x):
    factor = factors[0].item()
    return x * factor, factor + 1, factor * 0.5


@forward_case(lambda: torch.tensor([1, 3, 2]), lambda: torch.randn(6, 2))
def tolist_split(self, sizes, x):
    lengths = sizes.tolist()
    for length in lengths:
        torch._check(length >= 0)
    torch._check(sum(lengths) == 6)
    return x.split(lengths)


@forward_case(lambda: torch.tensor([0.0, 1.0, 0.0, -2.0, 3.0]))
def nonzero(self, x):
    places = x.nonzero()
    return places, x[places.squeeze(1)], places.shape[0]


@forward_case(matrix, dynamic_shapes=({0: Dim("rows")},))
def masked_select(self, x):
    kept = x[x > 0]
    return kept * 2, kept.sum(), x.masked_select(x.abs() > 0.5).numel()


@forward_case(lambda: torch.tensor([3, 1, 1, 2, 3, 3]))
def unique(self, x):
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    return values, inverse, counts, torch.bincount(x, minlength=5)


@forward_case(lambda: torch.randn(3, 4), dynamic_shapes=({0: Dim.DYNAMIC},), strict=True)
def assertions(self, x):
    assert x.shape[0] > 2
    torch._assert(x.shape[1] == 4, "four columns")
    torch._assert_async(x.isfinite().all(), "x must be finite")
    return x.sqrt()


@forward_case(
    lambda: torch.randn(4, 9), dynamic_shapes=({0: Dim("a", min=2, max=50), 1: Dim("b", min=3, max=50)},)
)
def symbolic_operators(self, x):
    a, b = x.shape
    largest, smallest = torch.sym_max(a, b), torch.sym_min(a, b)
    mean = torch.sym_float(a + b) / 2
    flag = torch.sym_not(a < b)
    return (
        x * (a // 2), x * (a % 3), x + (-a), x * a**2, x * largest, x - smallest, x * mean,
        x * (b / a), torch.sym_int(mean), a * b - 1, torch.sym_ite(flag, a, b) + x,
        x * torch.sym_sqrt(a), b // 4, mean,
    )


@forward_case(lambda: torch.tensor(7), lambda: torch.tensor(2))
def unbacked_operators(self, m, n):
    a, b = m.item(), n.item()
    torch._check(a > 0)
    torch._check(a < 100)
    torch._check(b > 1)
    torch._check(b < 10)
    torch._check(a != b)
    return a // b, a % b, a + b, -a, a * b, torch.zeros(a + 1, b), torch.sym_max(a, b)


@forward_case(matrix, dynamic_shapes=({0: Dim("rows", min=2, max=10)},))
def dynamic_factories(self, x):
    return x.new_ones(x.shape[0], 1).expand(-1, 6) * x, torch.arange(x.shape[0]), torch.eye(*x.shape)


@forward_case(matrix, dynamic_shapes=({0: Dim("a", min=2, max=50), 1: Dim("b", min=3, max=50)},))
def symbolic_logic(self, x):
    a, b = x.shape
    small = torch.sym_ite(torch.sym_not((a > 3) & (b < 9)), 1, 2)
    large = torch.sym_ite((a != b) | (b >= 20), a, b)
    return x + small, x * large
