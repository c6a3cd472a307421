"""Tensors of every dtype, stride and size, as weights, constants, inputs and outputs."""

import torch
from torch import nn

from .case import Case, case, forward_case

INTEGERS = [
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.uint16, torch.uint32, torch.uint64, torch.bool,
]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
COMPLEX = [torch.complex32, torch.complex64, torch.complex128]
FLOAT8 = [
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu,
]


def name_of(dtype):
    return str(dtype).removeprefix("torch.")


class Dtypes(nn.Module):
    """Buffers, constants and outputs of the given dtypes."""

    def __init__(self, dtypes):
        super().__init__()
        self.constants = {}
        for dtype in dtypes:
            values = torch.tensor([0.0, 1.0, 2.0, 64.0]).to(dtype)
            self.register_buffer(f"as_{name_of(dtype)}", values)
            self.constants[name_of(dtype)] = values.clone()

    def forward(self, x):
        outputs = {}
        for name, constant in self.constants.items():
            buffer = getattr(self, f"as_{name}")
            outputs[name] = (buffer.clone(), torch.ops.aten.to.dtype(x, buffer.dtype), constant)
        return outputs


def dtype_case(dtypes):
    return Case(Dtypes(dtypes), (torch.tensor([1.0, 2.0, 0.5]),))


@case
def dtypes_integer():
    return dtype_case(INTEGERS)


@case
def dtypes_float():
    return dtype_case(FLOATS)


@case
def dtypes_complex():
    return dtype_case(COMPLEX)


@case
def dtypes_float8():
    return dtype_case(FLOAT8)


class DtypeInputs(nn.Module):
    """One input of each dtype, given back."""

    def forward(self, inputs):
        return [x.clone() for x in inputs], [x.reshape(2, 2) for x in inputs]


@case
def dtypes_as_inputs():
    values = torch.tensor([0.0, 1.0, 2.0, 64.0])
    inputs = [values.to(dtype) for dtype in INTEGERS + FLOATS + COMPLEX + FLOAT8]
    return Case(DtypeInputs(), (inputs,))


@case
def dtype_arithmetic():
    class Promotion(nn.Module):
        def forward(self, half, brain, integer, flag, phase):
            return (
                half + brain, integer / 2, integer // 3, integer * flag, half.double() * integer,
                phase.abs(), phase * 2j, (phase * integer).angle(), flag & ~flag, integer << 2,
            )

    x = torch.tensor([1.0, 3.0])
    return Case(Promotion(), (x.half(), x.bfloat16(), x.int(), x > 2, torch.complex(x, -x)))


class Strided(nn.Module):
    """Weights whose strides are not those of a contiguous tensor."""

    def __init__(self):
        super().__init__()
        self.transposed = nn.Parameter(torch.randn(3, 2).t())
        self.channels_last = nn.Parameter(
            torch.randn(2, 3, 3, 3).contiguous(memory_format=torch.channels_last)
        )
        self.register_buffer("expanded", torch.randn(1, 3).expand(2, 3))
        self.register_buffer("every_third", torch.arange(10.0)[1::3])
        self.register_buffer("overlapping", torch.arange(5.0).as_strided((3, 3), (1, 1)))
        self.register_buffer("scalar", torch.tensor(7, dtype=torch.int16))

    def forward(self, x, image):
        y = x + self.transposed + self.expanded + self.overlapping[:2]
        return y, nn.functional.conv2d(image, self.channels_last), self.every_third * self.scalar


@case
def strided_weights():
    image = torch.randn(1, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    return Case(Strided(), (torch.randn(3, 2).t(), image))


@forward_case(
    lambda: torch.randn(4, 3).t(),
    lambda: torch.randn(1, 3).expand(4, 3),
    lambda: torch.arange(12.0)[::2],
    lambda: torch.randn(1, 2, 2, 2, 2).contiguous(memory_format=torch.channels_last_3d),
)
def strided_inputs(self, transposed, expanded, stepped, volume):
    return transposed @ expanded, stepped.view(2, 3), volume * 2, transposed.reshape(-1)


class Empty(nn.Module):
    """Tensors without elements, and operators that give some."""

    def __init__(self):
        super().__init__()
        self.register_buffer("none", torch.empty(0))
        self.register_buffer("rows", torch.empty(0, 4))
        self.register_buffer("integers", torch.empty(2, 0, dtype=torch.int64))
        self.constant = torch.zeros(3, 0, 2, dtype=torch.bool)

    def forward(self, x):
        return (
            self.none.sum(), torch.cat([x, self.rows]), self.integers.prod(1), self.constant.any(1),
            x[:0], x[:, 2:2].sum(1), torch.zeros(0, 5), x.new_empty((0,)),
        )


@case
def empty_tensors():
    return Case(Empty(), (torch.randn(2, 4),))


@forward_case(lambda: torch.empty(0, 4), lambda: torch.zeros(0, dtype=torch.long))
def empty_inputs(self, x, index):
    return x + 1, x.sum(), x.t() @ x, torch.ones(3)[index]


@forward_case(
    lambda: torch.tensor(1.5),
    lambda: torch.tensor(3),
    lambda: torch.tensor(True),
    lambda: torch.tensor(1 + 2j),
)
def scalar_tensors(self, x, n, flag, z):
    return x * n, torch.where(flag, x, 0.0), z.real, x.unsqueeze(0), n.neg(), z.conj().resolve_conj()
