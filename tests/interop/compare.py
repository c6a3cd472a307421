"""Running a program in Python, and comparing results bit for bit."""

import struct

import torch
from torch.utils import _pytree as pytree


def run(program: torch.export.ExportedProgram, seed: int = 0) -> list | None:
    """The leaves of what the program returns on its own example inputs, if it has some.

    The program may change its buffers and example inputs: load it anew to run it again.
    """
    if program.example_inputs is None:
        return None
    args, kwargs = program.example_inputs
    torch.manual_seed(seed)
    return pytree.tree_leaves(program.module()(*args, **kwargs))


def tensor_bits(tensor: torch.Tensor) -> bytes:
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes()


def difference(left, right) -> str:
    """Says how two leaves differ; empty if type, shape and every bit are the same."""
    if type(left) is not type(right):
        both_tensors = isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)
        if not both_tensors:
            return f"{type(left).__name__} {left!r} and {type(right).__name__} {right!r}"
    if isinstance(left, torch.Tensor):
        return tensor_difference(left, right)
    if isinstance(left, float):
        return "" if struct.pack("d", left) == struct.pack("d", right) else f"{left!r} and {right!r}"
    return "" if left == right else f"{left!r} and {right!r}"


def tensor_difference(left: torch.Tensor, right: torch.Tensor) -> str:
    if left.dtype != right.dtype:
        return f"dtypes {left.dtype} and {right.dtype}"
    if left.shape != right.shape:
        return f"shapes {tuple(left.shape)} and {tuple(right.shape)}"
    return "" if tensor_bits(left) == tensor_bits(right) else f"values\n{left}\nand\n{right}"


def assert_same(left, right) -> None:
    assert len(left) == len(right), f"{len(left)} and {len(right)} outputs"
    for index, pair in enumerate(zip(left, right)):
        assert not (told := difference(*pair)), f"output {index} differs: {told}"
