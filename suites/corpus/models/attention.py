"""Attention, transformers and their masks."""

import math

import torch
from torch import nn
from torch.export import Dim
from torch.nn import functional as F

from .case import Case, case, decomposed, forward_case


def heads():
    return torch.randn(1, 2, 4, 8)


class MaskedAttention(nn.Module):
    """Causal self-attention, its mask filled with -inf."""

    def __init__(self, width=8, heads=2, length=6):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.register_buffer("mask", torch.ones(length, length).tril())

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads)
        scores = scores.masked_fill(self.mask[:length, :length] == 0, float("-inf"))
        mixed = scores.softmax(-1) @ v
        return self.output(mixed.transpose(1, 2).reshape(batch, length, width))


@case
def attention_masked():
    return Case(MaskedAttention(), (torch.randn(1, 4, 8),))


@case
def attention_masked_decomposed():
    return Case(MaskedAttention(), (torch.randn(1, 4, 8),), then=decomposed)


@case
def attention_masked_dynamic():
    return Case(
        MaskedAttention(), (torch.randn(2, 4, 8),),
        dynamic_shapes={"x": {0: Dim("batch", max=16), 1: Dim("length", min=2, max=5)}},
    )


@forward_case(heads, heads, heads)
def attention_infinite_mask(self, q, k, v):
    mask = torch.full((4, 4), float("-inf")).triu(1)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


@forward_case(heads, heads, heads)
def attention_causal(self, q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.25)


@forward_case(heads, heads, heads, lambda: torch.ones(4, 4, dtype=torch.bool).tril())
def attention_bool_mask(self, q, k, v, mask):
    return F.scaled_dot_product_attention(q, k, v, mask)


class InfiniteConstants(nn.Module):
    """Infinities and NaN in a constant, a buffer and operator arguments."""

    def __init__(self):
        super().__init__()
        self.limits = torch.tensor([float("-inf"), float("inf"), float("nan"), -0.0])
        self.register_buffer("lowest", torch.full((2, 2), float("-inf")))

    def forward(self, x):
        x = torch.clamp(x, min=float("-inf"), max=float("inf"))
        x = torch.where(x > 0, x, float("-inf")) + self.lowest.exp().sum()
        return torch.nan_to_num(x, nan=0.5, posinf=1e30, neginf=-1e30) * self.limits


@case
def infinite_constants():
    return Case(InfiniteConstants(), (torch.randn(3, 4),))


@case
def multihead_attention():
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(1, 3, 8)
    return Case(layer, (x, x.clone(), x.clone()), {"need_weights": False})


@case
def transformer_encoder_layer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return Case(layer, (torch.randn(1, 3, 8),))


@case
def transformer_encoder_layer_eval():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True).eval()
    return Case(layer, (torch.randn(1, 3, 8),))


@case
def transformer_decoder_layer():
    layer = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.1, activation="gelu")
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    return Case(layer, (torch.randn(3, 1, 8), torch.randn(4, 1, 8)), {"tgt_mask": mask})


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = MaskedAttention(width, 2, 8)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    """GPT-2 in small: learned positions, pre-norm blocks, tied output weights."""

    def __init__(self, vocabulary=20, width=8, length=8, layers=2):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.wte(tokens) + self.wpe(positions)
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.ln_f(x))


@case
def gpt2():
    return Case(GPT2(), (torch.randint(20, (1, 5)),))


@case
def gpt2_dynamic():
    return Case(
        GPT2(), (torch.randint(20, (2, 5)),),
        dynamic_shapes=({0: Dim.AUTO, 1: Dim("length", min=2, max=7)},),
    )


class RotaryAttention(nn.Module):
    """Rotary positions by complex numbers."""

    def __init__(self):
        super().__init__()
        angles = torch.outer(torch.arange(4.0), 1.0 / 10000 ** (torch.arange(0, 8, 2) / 8))
        self.register_buffer("rotation", torch.polar(torch.ones_like(angles), angles), persistent=False)

    def forward(self, x):
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
        return torch.view_as_real(pairs * self.rotation).flatten(-2)


@case
def rotary_positions():
    return Case(RotaryAttention(), (torch.randn(1, 2, 4, 8),))
