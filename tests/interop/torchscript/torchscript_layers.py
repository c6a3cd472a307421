"""Layers of torch.nn and functions, scripted and traced, with the sizes of their inputs that may vary.

`LAYERS` has each under its name and, where `torch.jit.trace` records all that depends on sizes, again
as `NAME_traced`.
"""

import math
from dataclasses import dataclass
from typing import Callable, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from torchscript_models import Case

BATCH = (2, 5, 7)
SIZES = (9, 12, 15)


@dataclass
class Layer:
    build: Callable[[], nn.Module]
    inputs: Callable[[], tuple]
    sizes: dict[str, tuple]
    trace: bool = False


LAYERS: dict[str, Layer] = {}


def case(name) -> Case:
    layer = LAYERS[name]
    return Case(layer.build(), [layer.inputs() for _ in range(3)], layer.trace)


def add(name, build, shapes, traced=True, **sizes):
    """`sizes` are by dimension, as `input_0=("batch", BATCH)`; `shapes` may be tensors' makers."""

    def inputs():
        return tuple(shape() if callable(shape) else torch.randn(shape) for shape in shapes)

    specs = {}
    for place, (size, values) in sizes.items():
        input, _, dim = place.rpartition("_")
        specs[f"{input}:{dim}={size}"] = values
    LAYERS[name] = Layer(build, inputs, specs)
    if traced:
        LAYERS[name + "_traced"] = Layer(build, inputs, specs, trace=True)


def add_each(layers, shapes, traced=True, **sizes):
    for name, build in layers.items():
        add(name, build, shapes, traced, **sizes)


def batch(*inputs):
    return {f"{input}_0": ("batch", BATCH) for input in inputs or ("input",)}


def image():
    return {**batch(), "input_2": ("height[8..]", SIZES), "input_3": ("width[8..]", SIZES[::-1])}


def indices(*shape, below=10):
    return lambda: torch.randint(0, below, shape)


class Function(nn.Module):
    """A module of a scripted function of one tensor."""

    def __init__(self, function):
        super().__init__()
        self.function = torch.jit.script(function)

    def forward(self, input):
        return self.function(input)

    def __deepcopy__(self, memo):
        return self


class Wrapped(nn.Module):
    """Recurrent layers have two forwards, and `torch.jit.script` leaves them without one of that name."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, input):
        return self.layer(input)


add("Linear", lambda: nn.Linear(4, 3), [(3, 6, 4)], **batch(), input_1=("rows", SIZES))
add("Bilinear", lambda: nn.Bilinear(4, 5, 3), [(3, 4), (3, 5)], **batch("input1", "input2"))
add_each(
    {
        "Conv1d": lambda: nn.Conv1d(4, 6, 3, stride=2, padding=1),
        "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 6, 3, stride=2),
        "AvgPool1d": lambda: nn.AvgPool1d(3, stride=2),
        "MaxPool1d": lambda: nn.MaxPool1d(2),
        "BatchNorm1d": lambda: nn.BatchNorm1d(4).eval(),
        "InstanceNorm1d": lambda: nn.InstanceNorm1d(4, affine=True),
        "Softmax": lambda: nn.Softmax(dim=-1),
        "ReflectionPad1d": lambda: nn.ReflectionPad1d(2),
    },
    [(3, 4, 10)], **batch(), input_2=("length[8..]", SIZES),
)
add_each(
    {
        "Conv2d": lambda: nn.Conv2d(4, 6, 3, padding=1),
        "Conv2d_same": lambda: nn.Conv2d(4, 6, 3, padding="same", dilation=2),
        "Conv2d_circular": lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"),
        "Conv2d_groups": lambda: nn.Conv2d(4, 8, 3, stride=2, groups=2, bias=False),
        "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1),
        "BatchNorm2d_eval": lambda: nn.BatchNorm2d(4).eval(),
        "BatchNorm2d_training": lambda: nn.BatchNorm2d(4).train(),
        "GroupNorm": lambda: nn.GroupNorm(2, 4),
        "InstanceNorm2d": lambda: nn.InstanceNorm2d(4),
        "LocalResponseNorm": lambda: nn.LocalResponseNorm(2),
        "MaxPool2d": lambda: nn.MaxPool2d(3, stride=2, padding=1),
        "AvgPool2d": lambda: nn.AvgPool2d(2),
        "LPPool2d": lambda: nn.LPPool2d(2, 2),
        "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d((3, 5)),
        "AdaptiveAvgPool2d_1": lambda: nn.AdaptiveAvgPool2d(1),
        "AdaptiveMaxPool2d": lambda: nn.AdaptiveMaxPool2d(2),
        "Upsample_nearest": lambda: nn.Upsample(scale_factor=2.0),
        "Upsample_bilinear": lambda: nn.Upsample(scale_factor=1.5, mode="bilinear"),
        "Upsample_size": lambda: nn.Upsample(size=(20, 30), mode="bicubic", align_corners=True),
        "ZeroPad2d": lambda: nn.ZeroPad2d((1, 2, 0, 3)),
        "ReplicationPad2d": lambda: nn.ReplicationPad2d(2),
        "Dropout2d_training": lambda: nn.Dropout2d().train(),
        "Flatten": lambda: nn.Flatten(2),
        "Flatten_all": lambda: nn.Flatten(),
        "Unfold": lambda: nn.Unfold(3, padding=1),
        "Softmax2d": lambda: nn.Softmax2d(),
        "PReLU": lambda: nn.PReLU(4),
        "ChannelShuffle": lambda: nn.ChannelShuffle(2),
        "PixelShuffle": lambda: nn.PixelShuffle(2),
    },
    [(3, 4, 10, 11)], **image(),
)
add("BatchNorm2d_cumulative", lambda: nn.BatchNorm2d(4, momentum=None).train(), [(3, 4, 10, 11)], traced=False,
    **image())
add("MaxPool2d_ceil", lambda: nn.MaxPool2d(3, stride=2, ceil_mode=True), [(3, 4, 10, 11)], **image())
add("PixelUnshuffle", lambda: nn.PixelUnshuffle(2), [(3, 4, 6, 8)], **batch(), input_2=("2*h", (4, 10, 12)))
add("Conv3d", lambda: nn.Conv3d(2, 3, 3), [(2, 2, 9, 7, 8)], **batch(), input_2=("depth[8..]", SIZES))
add("AdaptiveAvgPool3d", lambda: nn.AdaptiveAvgPool3d(2), [(2, 2, 6, 7, 8)], **batch(), input_4=("w", SIZES))
add("Unflatten", lambda: nn.Unflatten(1, (2, 3)), [(3, 6)], **batch())
add_each(
    {
        "LayerNorm": lambda: nn.LayerNorm(8),
        "Dropout_training": lambda: nn.Dropout(0.3).train(),
        "GELU": lambda: nn.GELU(),
        "SiLU": lambda: nn.SiLU(),
        "GLU": lambda: nn.GLU(),
        "Hardswish": lambda: nn.Hardswish(),
        "LogSoftmax": lambda: nn.LogSoftmax(dim=1),
        "LSTM": lambda: Wrapped(nn.LSTM(8, 5, batch_first=True)),
        "LSTM_projected": lambda: Wrapped(nn.LSTM(8, 5, proj_size=3, num_layers=2)),
        "GRU": lambda: Wrapped(nn.GRU(8, 5, bidirectional=True)),
        "RNN": lambda: Wrapped(nn.RNN(8, 5, nonlinearity="relu")),
    },
    [(3, 6, 8)], **batch(), input_1=("length", SIZES),
)
add("RMSNorm", lambda: nn.RMSNorm(8), [(3, 6, 8)], **batch("x"), x_1=("length", SIZES))
add("GRUCell", lambda: nn.GRUCell(8, 5), [(3, 8)], **batch())
add("LSTMCell", lambda: nn.LSTMCell(8, 5), [(3, 8)], **batch())
add("Embedding", lambda: nn.Embedding(10, 4), [indices(3, 6)], **batch(), input_1=("length", SIZES))
add("EmbeddingBag", lambda: nn.EmbeddingBag(10, 4, mode="mean"), [indices(3, 6)], **batch(),
    input_1=("length", SIZES))


class Attention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, **options)

    def forward(self, q, k, v):
        return self.attention(q, k, v)


ATTENTION = {"q_0": ("n", SIZES), "k_0": ("m", BATCH), "v_0": ("m", BATCH),
             **{f"{x}_1": ("batch", BATCH[::-1]) for x in "qkv"}}
add_each(
    {
        "MultiheadAttention_bias": lambda: Attention(add_bias_kv=True),
        "MultiheadAttention_zero": lambda: Attention(add_zero_attn=True).eval(),
        "MultiheadAttention_plain": lambda: Attention(),
    },
    [(6, 3, 8), (4, 3, 8), (4, 3, 8)], **ATTENTION,
)
SEQUENCE = {"src_0": ("batch", BATCH), "src_1": ("length", SIZES)}
add("EncoderLayer", lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), [(3, 6, 8)], **SEQUENCE)
add("Encoder", lambda: nn.TransformerEncoder(
    nn.TransformerEncoderLayer(8, 2, 16, 0.0, norm_first=True, batch_first=True), 2,
    enable_nested_tensor=False), [(3, 6, 8)], **SEQUENCE)
add("DecoderLayer", lambda: nn.TransformerDecoderLayer(8, 2, 16, 0.0, batch_first=True), [(3, 6, 8), (3, 4, 8)],
    **batch("tgt", "memory"), tgt_1=("n", SIZES), memory_1=("m", BATCH))

add_each(
    {
        "MSELoss": lambda: nn.MSELoss(),
        "L1Loss": lambda: nn.L1Loss(reduction="none"),
        "SmoothL1Loss": lambda: nn.SmoothL1Loss(),
        "HuberLoss": lambda: nn.HuberLoss(),
        "BCEWithLogitsLoss": lambda: nn.BCEWithLogitsLoss(),
        "KLDivLoss": lambda: nn.KLDivLoss(reduction="batchmean"),
        "SoftMarginLoss": lambda: nn.SoftMarginLoss(),
    },
    [(3, 4), (3, 4)], **batch("input", "target"),
)
add_each(
    {
        "CrossEntropyLoss": lambda: nn.CrossEntropyLoss(label_smoothing=0.1),
        "NLLLoss": lambda: nn.NLLLoss(),
        "MultiMarginLoss": lambda: nn.MultiMarginLoss(),
    },
    [(3, 4), indices(3, below=4)], **batch("input", "target"),
)
add("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss(), [(3, 4), (3, 4), lambda: torch.ones(3)],
    **batch("input1", "input2", "target"))
add("TripletMarginLoss", lambda: nn.TripletMarginLoss(), [(3, 4), (3, 4), (3, 4)],
    **batch("anchor", "positive", "negative"))
add("CosineSimilarity", lambda: nn.CosineSimilarity(), [(3, 4), (3, 4)], **batch("x1", "x2"))
add("PairwiseDistance", lambda: nn.PairwiseDistance(), [(3, 4), (3, 4)], **batch("x1", "x2"))


def scripted(shape, traced=False, **sizes):
    """Adds a function that is scripted, as a module's forward."""

    def decorate(function):
        add(function.__name__, lambda: Function(function), [shape], traced, **sizes)
        return function

    return decorate


@scripted((3, 4, 10, 11), **image())
def interpolate_scale(x: Tensor):
    return F.interpolate(x, scale_factor=[0.5, 2.0], mode="bilinear", align_corners=False)


@scripted((3, 4, 10, 11), **image())
def interpolate_recomputed(x: Tensor):
    return F.interpolate(x, scale_factor=2.0, mode="nearest", recompute_scale_factor=True)


@scripted((3, 4, 10, 11), **image())
def interpolate_to_sizes(x: Tensor):
    return F.interpolate(x, size=[x.size(2) // 2, x.size(3) + 3], mode="nearest")


@scripted((3, 4, 10, 11), **image())
def pad_to_multiple(x: Tensor):
    height = (x.size(2) + 31) // 32 * 32
    return F.pad(x, [0, 0, 0, height - x.size(2)])


@scripted((3, 6, 8), **batch(), input_1=("length", SIZES))
def ceil_of_quotient(x: Tensor):
    n = math.ceil(x.size(1) / 4)
    return x.new_zeros(x.size(0), n * 4, x.size(2)) + x.sum()


@scripted((3, 6, 8), **batch(), input_1=("length", SIZES))
def causal_mask(x: Tensor):
    n = x.size(1)
    mask = torch.triu(torch.full([n, n], -float("inf")), diagonal=1)
    scores = x @ x.transpose(1, 2) / float(x.shape[-1]) ** 0.5 + mask
    return scores.softmax(-1) @ x


@scripted((3, 6, 8), **batch(), input_1=("length", SIZES))
def same_shapes(x: Tensor):
    y = x * 2
    if x.shape != y.shape or x.shape[1] < 1:
        raise ValueError("shapes")
    assert x.size(0) + x.size(1) > 2, "too small"
    return x + y, min(x.shape[:2]), max(x.size(0), x.size(1)), x.numel() // x.size(1)


@scripted((3, 6, 8), **batch(), input_1=("length", SIZES))
def numbers_of_sizes(x: Tensor):
    scale = 1.0 / x.size(1)
    root = float(x.size(1)) ** 0.5
    return x * scale, x * x.size(0), torch.tensor([x.size(0), x.size(1)]), torch.tensor(x.size(1)) + root


@scripted((3, 9, 8), **batch(), input_1=("length[8..]", SIZES))
def lists_of_sizes(x: Tensor):
    sizes = list(x.size())
    sizes[-1] = 2
    sizes.insert(2, x.size(2) // 2)
    halves: list[int] = []
    for size in x.size()[:2]:
        halves.append(size - size // 2)
    return x.reshape(sizes).split([halves[1], sizes[1] - halves[1]], dim=1)


@scripted((3, 6, 8), **batch(), input_1=("length[4..]", SIZES))
def position_ids(x: Tensor, past: Optional[Tensor] = None):
    start = 0 if past is None else past.size(1)
    ids = torch.arange(start, start + x.size(1), dtype=torch.long).unsqueeze(0).expand(x.size(0), -1)
    return ids, torch.eye(x.size(1))[: x.size(1) - 1]


class Sizes(nn.Module):
    """What tracing makes of sizes: tensors, and calculations with them."""

    def forward(self, x):
        b, n, c = x.shape
        y = x.reshape(b * n, c)[: b * n // 2 + 1]
        z = torch.zeros(b, n + 1, device=x.device)
        return y.view(-1, 2, c // 2), z.expand(2, b, n + 1), x * n, torch.arange(n), x.new_ones(x.shape[1:])


add("Sizes", lambda: Sizes(), [(3, 6, 8)], x_0=("batch", (2, 5, 7)), x_1=("length", (9, 12, 15)))

# Those that are refused with these sizes, and what is said.
REFUSED = {
    # As Python says of its own export: the last window depends on whether a size is even.
    "MaxPool2d_ceil": "Constraints violated",
    "MaxPool2d_ceil_traced": "Constraints violated",
    "interpolate_recomputed": "Constraints violated",  # nothing is proved of trunc(2.0 * size)
    "lists_of_sizes": "Constraints violated",  # nor that n and n // 2 differ
}
