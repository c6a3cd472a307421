"""The models of models.cpp, in Python: by name, what makes one, and its example input."""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))

from twins.models import ResNet18  # noqa: E402


def encoder12():
    layer = nn.TransformerEncoderLayer(256, 8)
    return nn.TransformerEncoder(layer, 12, enable_nested_tensor=False)


def convolution(inputs, outputs, size, stride, groups=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        self.body = nn.Sequential(
            convolution(inputs, inner, 1, 1), nn.BatchNorm2d(inner), nn.ReLU(),
            convolution(inner, inner, 3, stride), nn.BatchNorm2d(inner), nn.ReLU(),
            convolution(inner, 4 * inner, 1, 1), nn.BatchNorm2d(4 * inner))
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != 4 * inner:
            self.shortcut = nn.Sequential(convolution(inputs, 4 * inner, 1, stride),
                                          nn.BatchNorm2d(4 * inner))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [convolution(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        inputs = 64
        for stage, blocks in enumerate([3, 4, 6, 3]):
            inner = 64 << stage
            for i in range(blocks):
                layers.append(Bottleneck(inputs, inner, 2 if stage and not i else 1))
                inputs = 4 * inner
        self.layers = nn.Sequential(*layers)
        self.output = nn.Linear(2048, 1000)

    def forward(self, x):
        return self.output(self.layers(x).mean((2, 3)))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, inner, outputs, stride):
        super().__init__()
        self.expand = convolution(inputs, inner, 1, 1)
        self.each = convolution(inner, inner, 5, stride, inner)
        self.reduce = convolution(inner, outputs, 1, 1)
        self.squeeze = nn.Conv2d(inner, inner // 4, 1)
        self.excite = nn.Conv2d(inner // 4, inner, 1)
        self.norm1, self.norm2 = nn.BatchNorm2d(inner), nn.BatchNorm2d(inner)
        self.norm3 = nn.BatchNorm2d(outputs)
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        y = F.hardswish(self.norm1(self.expand(x)))
        y = F.hardswish(self.norm2(self.each(y)))
        weights = self.excite(torch.relu(self.squeeze(F.adaptive_avg_pool2d(y, (1, 1)))))
        y = self.norm3(self.reduce(y * F.hardsigmoid(weights)))
        return x + y if self.has_shortcut else y


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [convolution(3, 16, 3, 2), nn.BatchNorm2d(16)]
        inputs = 16
        for outputs in [16, 24, 24, 40, 40, 40, 48, 48, 96, 96, 96]:
            stride = 1 if inputs == outputs else 2
            layers.append(InvertedResidual(inputs, 4 * inputs, outputs, stride))
            inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.output = nn.Linear(96, 1000)

    def forward(self, x):
        return self.output(self.layers(x).mean((2, 3)))


class Gpt2Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm([width]), nn.LayerNorm([width])
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x):
        batch, length, width = x.shape
        parts = [part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
                 for part in self.qkv(self.norm1(x)).split(width, 2)]
        attended = F.scaled_dot_product_attention(*parts, is_causal=True)
        y = x + self.output(attended.transpose(1, 2).reshape(batch, length, width))
        return y + self.down(F.gelu(self.up(self.norm2(y)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(50257, 768), nn.Embedding(1024, 768)
        self.blocks = nn.Sequential(*(Gpt2Block(768, 12) for _ in range(12)))
        self.norm = nn.LayerNorm([768])

    def forward(self, ids):
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        return torch.matmul(self.norm(self.blocks(x)), self.tokens.weight.t())


class MetaBlock(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        sizes = {"norm1": [width], "norm2": [width], "query": [width, width],
                 "key": [width, width], "value": [width, width], "output": [width, width],
                 "gate": [inner, width], "up": [inner, width], "down": [width, inner]}
        for name, size in sizes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(size, device="meta")))
        self.heads = heads

    @staticmethod
    def normalized(x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, True) + 1e-6) * weight

    def forward(self, x, cosines, sines):
        y = self.normalized(x, self.norm1)
        batch, length, width = x.shape

        def split(weight):
            return F.linear(y, weight).view(batch, length, self.heads, -1).transpose(1, 2)

        def rotated(part):
            first, second = part.chunk(2, -1)
            return part * cosines + torch.cat([-second, first], -1) * sines

        attended = F.scaled_dot_product_attention(
            rotated(split(self.query)), rotated(split(self.key)), split(self.value), is_causal=True)
        z = x + F.linear(attended.transpose(1, 2).reshape(batch, length, width), self.output)
        w = self.normalized(z, self.norm2)
        return z + F.linear(F.silu(F.linear(w, self.gate)) * F.linear(w, self.up), self.down)


class MetaDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Parameter(torch.empty(32000, 4096, device="meta"))
        self.output = nn.Parameter(torch.empty(32000, 4096, device="meta"))
        self.norm = nn.Parameter(torch.empty(4096, device="meta"))
        self.blocks = nn.ModuleList(MetaBlock(4096, 32, 11008) for _ in range(32))

    def forward(self, ids):
        x = F.embedding(ids, self.tokens)
        steps = torch.arange(0, 128, 2, device="meta")
        angles = torch.outer(torch.arange(ids.shape[1], device="meta"),
                             torch.pow(10000.0, -steps / 128.0))
        both = torch.cat([angles, angles], -1)
        for block in self.blocks:
            x = block(x, both.cos(), both.sin())
        return F.linear(MetaBlock.normalized(x, self.norm), self.output)


def image():
    return torch.randn(1, 3, 224, 224)


MODELS = {
    "linear": (lambda: nn.Linear(16, 16), lambda: torch.randn(4, 16)),
    "encoder12": (encoder12, lambda: torch.randn(16, 2, 256)),
    "resnet18": (lambda: ResNet18(64), image),
    "resnet50": (ResNet50, image),
    "mobilenet": (MobileNet, image),
    "gpt2": (Gpt2, lambda: torch.randint(50257, (1, 64))),
    "decoder7b": (MetaDecoder, lambda: torch.empty(1, 64, dtype=torch.long, device="meta")),
}
