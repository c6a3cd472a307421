"""Which sizes of TorchScript models' inputs may vary, what a program of them must say, and inputs of
other sizes."""

import torch
from torch.utils import _pytree as pytree

# `pt2 from-torchscript --dynamic` for each model of torchscript_models.py, and the sizes to try.
DYNAMIC = {
    "mlp": {"input:0=batch[1..64]": (1, 5, 64)},
    "mlp_traced": {"input:0=batch": (2, 5, 9)},
    "cnn_eval": {"input:0=batch": (3, 7, 4)},
    "cnn_training": {"input:0=batch": (3, 7, 4)},
    "cnn_traced": {"input:0=batch": (3, 7, 4)},
    "Lstm": {"x:0=seq": (2, 7, 4), "x:1=batch": (3, 6, 4)},
    "Gru": {"x:0=batch": (3, 6, 4), "x:1=seq": (2, 7, 4)},
    "MultiheadAttention": {"x:0=seq": (2, 7, 4), "x:1=batch": (3, 6, 4)},
    "encoder_layer": {"src:0=batch": (3, 6, 4), "src:1=seq": (2, 7, 4)},
    "Attention": {"q:0=batch": (3, 5, 8), "k:0=batch": (3, 5, 8), "q:1=n": (2, 6, 9), "k:1=m": (3, 2, 7)},
    "IfOnData": {"x:0=batch": (3, 5, 7)},
    "IfWithNumbers": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "NestedIf": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "EarlyReturn": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "IfReturnsInput": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "WhileOnData": {"x:0=size": (2, 5, 7)},
    "WhileUntilLarge": {"x:0=size": (3, 5, 7)},
    "BreakOnData": {"x:0=size": (3, 5, 7)},
    "NumbersOfData": {"x:0=size": (3, 5, 7)},
    "Layers": {"x:0=batch": (3, 5, 7)},
    "SharedBlock": {"x:0=batch": (3, 5, 7)},
    "Containers": {"x:0=a": (3, 5, 7)},
    "NamedResult": {"x:0=a": (3, 5, 7), "x:1=b": (3, 2, 6)},
    "NestedInputs": {"xs.0:0=n": (3, 5, 7), "xs.1:0=n": (3, 5, 7), "pair.1=DYNAMIC": (2, 7, 4)},
    "SizeArithmetic": {"x:0=b": (2, 3, 8), "x:1=2*half": (4, 8, 10)},
    "size_arithmetic_traced": {"x:0=b": (2, 3, 8), "x:1=2*half": (4, 8, 10)},
    "Conversions": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "Slices": {"x:0=rows[4..]": (5, 4, 8), "x:1=columns[4..]": (4, 6, 7)},
    "InPlace": {"x:0=a": (3, 5, 7), "x:1=b": (3, 2, 6)},
    "EmbeddingModel": {"x:0=batch": (3, 5, 7), "x:1=seq": (3, 2, 6)},
    "Asserts": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "FreeFunctions": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "WithoutGradient": {"x:0=batch": (3, 5, 7)},
    "Constants": {"x:0=batch": (3, 5, 7)},
    "Methods": {"x:0=batch": (3, 5, 7)},
    "loss_traced": {"x:0=batch": (3, 5, 7), "y:0=batch": (3, 5, 7)},
    "ReadRows": {"x:0=rows[4..]": (5, 4, 9), "x:1=columns[4..]": (4, 6, 7), "i:0=n": (2, 5, 7)},
    "read_rows_traced": {"x:0=rows[4..]": (5, 4, 9), "x:1=columns[4..]": (4, 6, 7), "i:0=n": (2, 5, 7)},
    "WriteRows": {"x:0=rows[4..]": (5, 4, 9), "x:1=columns[4..]": (4, 6, 7), "i:0=n": (2, 5, 7)},
    "WriteMasked": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "ReadMasked": {"x:0=a": (3, 5, 7), "x:1=b": (4, 2, 6)},
    "BufferIndex": {"x:0=a[4..]": (4, 5, 7), "x:1=b": (4, 2, 6)},
    "SizesOfSlices": {"x:0=batch[1..8]": (1, 3, 8)},
    "CeilOfQuotient": {"x:0=a": (3, 6, 7)},
    "BufferWithGradient": {"x:0=a": (3, 5, 7)},
    "EnumAttribute": {"x:0=a": (3, 5, 7)},
    "Warns": {"x:0=a": (3, 5, 7)},
}

# Those that hold for one size alone: which size was asked to vary, and what is said.
STATIC = {
    "ForWithCountOfData": (["x:0=size"], "Expected body_fn_output and carried_inputs"),  # a layer fixes it
    "DictInput": (["inputs.x:0=size"], "Constraints violated"),  # it is added to zeros(2)
    "SortedSizes": (["x:0=a"], "Constraints violated"),
    "SwappedBuffers": (["x:0=batch"], "Constraints violated"),
    "Counter": (["x:0=batch"], "Constraints violated"),  # so does a buffer
}
WITHOUT_SIZES = {"IfInWhile"}  # its input has no dimensions


def leaf_at(inputs, names, path):
    """Where the leaf of `--dynamic`'s path is among the leaves of `inputs`."""
    first, *rest = path.split(".")
    wanted = [str(names.index(first)), *rest]
    for position, (key_path, _) in enumerate(pytree.tree_flatten_with_path(inputs)[0]):
        keys = [str(getattr(key, "key", getattr(key, "idx", None))) for key in key_path]
        if keys == wanted:
            return position
    raise AssertionError(f"no input {path}")


def resized(inputs, names, sizes):
    """`inputs` with the sizes that `sizes` gives by spec: rows of the same data, at random."""
    leaves, structure = pytree.tree_flatten(inputs)
    for spec, size in sizes.items():
        where, _, dim = spec.partition("=")[0].partition(":")
        position = leaf_at(inputs, names, where)
        leaf = leaves[position]
        if dim:
            index = torch.randint(0, leaf.size(int(dim)), (size,))
            leaves[position] = leaf.index_select(int(dim), index)
        else:
            leaves[position] = size
    return pytree.tree_unflatten(leaves, structure)
