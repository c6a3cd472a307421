"""Operators whose arguments, results or randomness need care."""

import torch
from torch import nn
from torch.nn import functional as F

from .case import Case, case, decomposed, forward_case


def matrix():
    return torch.randn(3, 4)


@forward_case(matrix)
def device_and_dtype(self, x):
    return (
        torch.zeros(2, 3, dtype=torch.float64, device="cpu"),
        torch.empty((2, 2), device=x.device).fill_(3),
        torch.zeros_like(x, dtype=torch.int32, memory_format=torch.preserve_format),
        x.to(torch.float16), x.to("cpu", torch.int64, copy=True), x.new_full((2,), 7),
        torch.ones(2, layout=torch.strided, dtype=torch.bool, pin_memory=False),
        torch.tensor(3.5, dtype=torch.bfloat16), torch.scalar_tensor(2, dtype=torch.uint8),
        torch.arange(5, dtype=torch.float32), torch.eye(2, dtype=torch.complex64),
        torch.full((2,), 3 + 4j), x.type(torch.double), x.to(x.double()),
    )


@forward_case(lambda: torch.randn(1, 2, 3, 3), lambda: torch.randn(1, 2, 2, 2, 2))
def memory_formats(self, image, volume):
    last = image.contiguous(memory_format=torch.channels_last)
    return (
        last, last.clone(memory_format=torch.contiguous_format), torch.empty_like(last).zero_(),
        image.to(memory_format=torch.channels_last), volume.to(memory_format=torch.channels_last_3d),
        torch.zeros(1, 2, 3, 3).contiguous(memory_format=torch.channels_last),
    )


@forward_case(matrix)
def string_arguments(self, x):
    index = torch.tensor([[0, 1, 1, 0]])
    base = torch.zeros(3, 4)
    return (
        F.gelu(x, approximate="tanh"), torch.div(x, 0.3, rounding_mode="floor"),
        base.scatter_reduce(0, index, x[:1], reduce="amax", include_self=False),
        torch.meshgrid(x[0], x[1], indexing="ij")[0], torch.einsum("ij,kj->ik", x, x),
        torch.searchsorted(torch.arange(4.0), x, side="right"), torch.linalg.norm(x, ord="fro"),
        torch.quantile(x, 0.3, interpolation="lower"),
    )


@forward_case(lambda: torch.randn(6, 4))
def tensor_lists(self, x):
    first, second = x.split([2, 4])
    pieces = x.chunk(3, dim=0)
    rows = x.unbind(1)
    return (
        torch.cat([first, second], dim=0), torch.stack(rows, dim=1), pieces[1], rows,
        torch.cat(pieces, -1), torch.tensor_split(x, [1, 5]), torch.hstack(pieces[:2]),
        torch.block_diag(first, first), torch.broadcast_tensors(x[0], x[:, :1])[0],
        torch.cartesian_prod(x[0], x[1]),
    )


@forward_case(lambda: torch.randn(3, 4, 5), lambda: torch.tensor([0, 2]), lambda: torch.tensor([1, 3]))
def indexing(self, x, i, j):
    y = x.clone()
    y[:, i] = 0.0
    y[i, j] += 1.0
    y[..., 1:-1:2].mul_(2)
    z = torch.ops.aten.index_put(x, (i, None, j), torch.tensor(7.0), True)
    return (
        x[i], x[:, j], x[i, j], x[i, :, j], x[None, 1, ..., -1], x[x > 0].sum(), y, z,
        x.gather(1, j.view(1, 2, 1)), x.take(torch.tensor([0, -1])), x.index_select(2, i),
        x.flip(0), x.roll((1, -1), (0, 2)), x.diagonal(dim1=0, dim2=2), x.movedim(0, -1),
    )


@forward_case(matrix)
def several_outputs(self, x):
    values, indices = x.max(dim=1)
    largest, places = x.topk(2)
    ordered, _ = x.sort(descending=True, stable=True)
    variance, mean = torch.var_mean(x, dim=0, correction=0)
    _, median_place = x.median(dim=-1, keepdim=True)
    normed, _, deviation = torch.native_layer_norm(x, [4], None, None, 1e-5)
    low, high = torch.aminmax(x)
    return values, places, largest, ordered, mean, median_place, normed, deviation, high - low, indices


@forward_case(matrix)
def unused_outputs(self, x):
    x.max(dim=0)
    x.sort()
    _, mean = torch.std_mean(x)
    first, _, _ = x.unbind(0)
    x.chunk(2, 1)
    return mean, first, torch.frexp(x)[0]


@forward_case(matrix, then=decomposed)
def unused_outputs_decomposed(self, x):
    x.max(dim=0)
    _, mean = torch.var_mean(x, dim=1)
    return mean, x.unbind(0)[1], F.layer_norm(x, [4])


@forward_case(lambda: torch.eye(3) * 4 + torch.ones(3, 3), lambda: torch.randn(3, 2))
def linear_algebra(self, a, b):
    q, r = torch.linalg.qr(a)
    return {
        "solve": torch.linalg.solve(a, b), "cholesky": torch.linalg.cholesky(a),
        "det": torch.linalg.slogdet(a).logabsdet, "inverse": torch.linalg.inv(a),
        "qr": q @ r, "eigenvalues": torch.linalg.eigvalsh(a), "power": a.matrix_power(3),
        "addmm": torch.addmm(b, a, b, beta=0.5, alpha=2), "baddbmm": torch.baddbmm(b[None], a[None], b[None]),
        "norm": torch.linalg.vector_norm(a, float("inf"), dim=1), "outer": torch.outer(a[0], b[:, 0]),
    }


@forward_case(matrix)
def fourier(self, x):
    spectrum = torch.fft.rfft(x, dim=-1, norm="ortho")
    return torch.fft.irfft(spectrum, n=4, norm="ortho"), torch.fft.fft2(x).abs(), torch.fft.fftshift(x)


@forward_case(matrix)
def random_numbers(self, x):
    return (
        torch.rand(2, 3), torch.randn_like(x), torch.bernoulli(x.sigmoid()), torch.randint(0, 10, (4,)),
        F.dropout(x, 0.5), torch.randperm(5), torch.normal(x, 0.1), torch.multinomial(x.softmax(-1), 2),
        x.clone().uniform_(-1, 1), torch.rand(2, dtype=torch.float64), x.clone().exponential_(2.0),
    )


@forward_case(matrix, then=decomposed)
def random_numbers_decomposed(self, x):
    return torch.rand(2, 3), torch.randn_like(x), F.dropout(x, 0.5), torch.randint(5, (3,))


@forward_case(matrix)
def reductions(self, x):
    return (
        x.sum(dtype=torch.float64), x.mean((0, 1), keepdim=True), x.prod(1), x.amax((0, 1)), x.cumsum(0),
        x.logsumexp(1), x.std(unbiased=False), x.argmin(), x.any(), (x > 0).all(1), x.norm(3, dim=1),
        x.cumprod(1), x.cummax(0).values, x.count_nonzero(), x.logcumsumexp(0), torch.trapezoid(x),
        x.histc(4, -2, 2), x.nansum(), x.median(),
    )


@forward_case(matrix, matrix)
def elementwise(self, x, y):
    return [
        x.pow(2), 2**x, x.remainder(0.7), torch.fmod(x, y), x.clamp(-1, y.max()), torch.lerp(x, y, 0.3),
        torch.addcmul(x, y, y, value=0.5), torch.atan2(x, y), x.erf(), x.abs().log1p(), x.sign(),
        torch.where(x > y, x, y), torch.add(x, y, alpha=3), x.floor_divide(0.5), x.round(decimals=2),
        torch.special.i0(x), x.abs().lgamma(), x.sigmoid().logit(1e-6), torch.maximum(x, y), x.hypot(y),
        x.heaviside(y), x.copysign(-1.0), x.nextafter(y), x.to(torch.int32).bitwise_xor(5), torch.rsub(x, 1),
        x.isclose(y, rtol=0.5), x.softmax(0, dtype=torch.float64), x.ldexp(torch.tensor(3)),
    ]


@forward_case(matrix)
def in_place(self, x):
    y = x.clone()
    y.add_(1).mul_(2).clamp_(min=0)
    y[0].zero_()
    view = y.view(-1)[::3]
    view.copy_(torch.ones(4))
    torch.sigmoid_(y[:, 1])
    y.t().fill_diagonal_(9.0)
    y.masked_fill_(y > 5, -1.0).unsqueeze_(0)
    return y, view


@forward_case(matrix, then=decomposed)
def in_place_decomposed(self, x):
    y = x.clone()
    y.add_(1).mul_(2)
    y[0].zero_()
    y.view(-1)[::3].copy_(torch.ones(4))
    return y


@forward_case(lambda: torch.randn(4))
def number_arguments(self, x):
    return (
        x * 1e16, x + 1e-5, x - 1e15, x * 123456789012345678, x / 3, x + 5e-324, x * -0.0,
        x.add(2**53 + 1), x * True, x.clamp(min=float("-inf")), x.nan_to_num(nan=float("inf")),
        F.hardtanh(x, -1e-7, 3.4028234663852886e38), x + 0.1, torch.full((2,), float("nan")),
        x.to(torch.int64) + 2**62, x * 1e22, x * 100000.0, torch.complex(x, x) * (1e-3 + 2j),
    )


@forward_case(
    lambda: torch.randn(1, 3, 4, 4), lambda: torch.randn(1, 2, 5, 5), lambda: torch.randn(3, 2, 2, 2)
)
def bool_list(self, gradient, x, weight):
    """An operator with a `bool[]` argument, one of whose results is none."""
    grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(
        gradient, x, weight, [3], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True, True, False]
    )
    return grad_x, grad_weight


class Annotated(nn.Module):
    """Nodes with metadata that a user attached."""

    def forward(self, x):
        with torch.fx.traceback.annotate({"stage": "größe", "order": 1}):
            y = x.sin()
        return y.cos()


@case
def annotated():
    return Case(Annotated(), (torch.randn(3),))


@forward_case(lambda: torch.ones(2), then=decomposed)
def effects(self, x):
    torch.ops.aten._print("effect")
    return x + 1
