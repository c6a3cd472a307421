"""Programs with subgraphs: branches, loops, maps."""

import torch
from torch import nn
from torch._higher_order_ops import associative_scan, map as hop_map, scan, while_loop
from torch.export import Dim

from .case import Case, case, decomposed, forward_case


def matrix():
    return torch.randn(3, 4)


@forward_case(lambda: torch.tensor(True), matrix)
def cond_tensor(self, flag, x):
    return torch.cond(flag, lambda x: x.sin() + 1, lambda x: x.cos() - 1, (x,))


class Branches(nn.Module):
    """Branches that use parameters and return several values."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(4, 4)
        self.right = nn.Linear(4, 4)

    def forward(self, x):
        def positive(x):
            return self.left(x), x.sum()

        def negative(x):
            return self.right(x).relu(), x.mean()

        return torch.cond(x.sum() > 0, positive, negative, (x,))


@case
def cond_parameters():
    return Case(Branches(), (matrix(),))


@case
def cond_parameters_decomposed():
    return Case(Branches(), (matrix(),), then=decomposed)


@forward_case(matrix, dynamic_shapes=({0: Dim("rows", min=1, max=20)},))
def cond_shape(self, x):
    return torch.cond(x.shape[0] > 4, lambda x: x * 2, lambda x: x - 1, (x,))


@forward_case(matrix, lambda: torch.tensor(-1.0))
def cond_nested(self, x, threshold):
    def inner(x):
        return torch.cond(x.max() > 1, lambda x: x / 2, lambda x: x * 2, (x,))

    return torch.cond(x.sum() > threshold, inner, lambda x: x.clone(), (x,))


@forward_case(lambda: torch.tensor(0), lambda: torch.ones(2))
def while_loop_counter(self, i, x):
    return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 1.5), (i, x))


class Iterated(nn.Module):
    """Power iteration until it settles."""

    def __init__(self):
        super().__init__()
        self.register_buffer("matrix", torch.tensor([[2.0, 1.0], [1.0, 3.0]]))

    def forward(self, v):
        def unsettled(v, change):
            return change > 1e-3

        def step(v, change):
            w = self.matrix @ v
            w = w / w.norm()
            return w, (w - v).abs().max()

        return while_loop(unsettled, step, (v, torch.ones(())))


@case
def while_loop_buffer():
    return Case(Iterated(), (torch.tensor([1.0, 0.0]),))


@case
def while_loop_decomposed():
    return Case(Iterated(), (torch.tensor([1.0, 0.0]),), then=decomposed)


@forward_case(matrix, lambda: torch.randn(4))
def map_rows(self, xs, y):
    return hop_map(lambda x, y: x.sin() * y, xs, y)


@forward_case(lambda: torch.zeros(4), matrix)
def scan_sums(self, start, xs):
    def step(carry, x):
        carry = carry + x
        return carry, carry * 2

    return scan(step, start, xs)


@forward_case(matrix)
def associative_scan_products(self, xs):
    return associative_scan(lambda a, b: a * b, xs, dim=0, combine_mode="generic")


@forward_case(matrix, lambda: torch.randn(4, 2))
def vmap_rows(self, x, weight):
    return torch.vmap(lambda row: (row @ weight).relu())(x)


@forward_case(matrix)
def checkpointed(self, x):
    return torch.utils.checkpoint.checkpoint(lambda x: x.sin().cos(), x, use_reentrant=False)


@forward_case(matrix)
def no_grad_in_cond(self, x):
    def frozen(x):
        with torch.no_grad():
            return x.exp()

    return torch.cond(x.sum() > 0, frozen, lambda x: x.neg(), (x,))
