"""Twins of function_twins.cpp and size_twins.cpp."""

import torch
from torch import nn


def module(forward):
    """Makes modules whose forward is the function."""

    def make():
        twin = nn.Module()
        twin.forward = forward
        return twin

    return make


def no_grad_regions(x):
    y = x * 2
    with torch.no_grad():
        values, indices = y.max(1)
        y.add_(1)
    z = y.sum() + values
    with torch.no_grad():
        return z * 3, indices, y


@torch.no_grad()
def nested_regions(x):
    y = x * 2
    with torch.enable_grad():
        z = y + 1
    return z - y


@torch.no_grad()
def exported_without_grad(x):
    return x * 2


def nested_containers(batch, n, mask):
    sum = batch["pair"][0] + batch["pair"][1][0]
    return {"out": [batch["x"] * n, sum], "none": mask, "constants": (n, 2.5, True)}


def every_dtype(tensors):
    return [torch.cat([tensor, tensor], 1).t() for tensor in tensors]


def factories(x):
    grid = torch.arange(0, 6, dtype=torch.float).view(2, 3)
    noise = torch.rand([2, 3])
    filled = torch.empty([2, 3])
    filled.fill_(0.5)
    left = x + grid + torch.zeros_like(x) + torch.full([3], 2.0)
    return left + torch.eye(3).narrow(0, 0, 2) + noise + filled


class Constants(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.linspace(0, 1, 4)

    def forward(self, x):
        literal = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.double)
        literal.mul_(x)
        return x * self.table, literal, self.table


def multiple_outputs(x):
    values, indices = torch.sort(x, 1, True)
    chunks = x.chunk(2, 1)
    pieces = x.split([1, 3], 1)
    minimum, where = x.min(0)
    return values, indices, list(chunks), pieces[1], minimum + 1, where


def indexing(x, rows):
    y = x.clone()
    y.index_put_([rows], torch.zeros([4]))
    selected = x[:, rows], x[1::2, ..., None], x[2]
    return *selected, y, x.index_select(0, rows), x.gather(1, x.argsort(1, False))


def in_place(x, y):
    z = x + y
    z.add_(1).mul_(y)
    z.view(-1)[:2].zero_()
    z.relu_()
    x.sub_(1)
    torch.add(x, y, out=z)
    return z, x


def casts(x):
    return (
        x.to(torch.double),
        x.to(torch.bfloat16).to(torch.float),
        x.to(torch.float),
        x.contiguous(memory_format=torch.channels_last),
        x.type_as(x.to(torch.int)),
        x.to(dtype=torch.half, device=x.device),
    )


def tensor_lists(parts):
    return (
        torch.cat(parts, 0),
        torch.stack([parts[0], parts[0]]),
        torch.einsum("i,i->", parts[0], parts[0]),
        torch.meshgrid(parts[0], parts[1], indexing="ij")[1],
    )


def scalars(x):
    return (
        torch.clamp(x, -0.5, 0.5),
        x.pow(2),
        1.0 / x,
        x.eq(0),
        torch.where(x > 0, x, 0.0),
        torch.add(x, x, alpha=2),
        torch.div(x, 0.3, rounding_mode="floor"),
        x.sum([0], True, dtype=torch.double),
        x.std(0, False),
        x.norm(),
        torch.linspace(0, 1, 4),
        x.masked_fill(x > 0, -torch.inf),
    )


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))
        self.register_buffer("scratch", torch.linspace(1, 2, 3), persistent=False)


class StateReturned(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def forward(self, x):
        return self.block.weight, x * self.block.scratch, self.block.scratch


def size_split_heads(x):
    batch, length = x.shape[0], x.shape[1]
    return x.view(batch, length, 2, 4).transpose(1, 2).reshape(batch * 2, length, 4)


FUNCTIONS = {
    "add": lambda x, y: x + y,
    "keyword_inputs": lambda x, scale, bias=1.0: x * scale + bias,
    "constant_inputs": lambda x, dim, keep, by, mode, nothing: torch.div(
        x.sum(dim, keep), by, rounding_mode=mode
    ),
    "no_grad_regions": no_grad_regions,
    "nested_regions": nested_regions,
    "exported_without_grad": exported_without_grad,
    "nested_containers": nested_containers,
    "every_dtype": every_dtype,
    "factories": factories,
    "multiple_outputs": multiple_outputs,
    "indexing": indexing,
    "in_place": in_place,
    "casts": casts,
    "strided_inputs": lambda x, y, z: x.t() + y * z,
    "tensor_lists": tensor_lists,
    "scalars": scalars,
    "input_returned": lambda x: (x, x, 5),
    "same_input_twice": lambda a, b: a + b,
    "empty_tensors": lambda x: torch.cat([x, x]).sum(0),
    "name_collisions": lambda add, mul: add * mul + add,
    "size_flattened": lambda x: x.view(x.shape[0] * x.shape[1]),
    "size_split_heads": size_split_heads,
    "size_first_half": lambda x: x.narrow(0, 0, x.shape[0] // 2),
    "size_positions": lambda x: x + torch.arange(x.shape[1], dtype=x.dtype, device=x.device),
    "size_padded": lambda x: torch.cat([x, torch.zeros(x.shape[1], x.shape[1])], 0),
    "size_expanded": lambda x, y: x.unsqueeze(1).expand(x.shape[0], y.shape[0], x.shape[1]) * 2,
    "size_outer": lambda x, y: torch.matmul(x, y.t()),
    "size_as_number": lambda x: x / x.shape[0],
    "size_returned": lambda x: (x + 1, x.numel()),
    "size_scaled": lambda x: (x + x, torch.sym_int(torch.sym_float(x.shape[0]) * 1.5)),
    "size_last_rows": lambda x: x[x.shape[0] - 2 :],
    "size_derived": lambda x, y: torch.cat([x, x], 0) + y,
    "data_masked_select": lambda x: x.masked_select(x > 0) * 2,
    "data_nonzero": lambda x: (x > 0).nonzero().add(1),
    "data_unique": lambda x: torch._unique2(x)[0] * 2,
    "data_repeat_interleave": lambda x, y: torch.repeat_interleave(x, y, 0),
}

TWINS = {name: module(function) for name, function in FUNCTIONS.items()}
TWINS |= {"constants": Constants, "state_returned": StateReturned}
