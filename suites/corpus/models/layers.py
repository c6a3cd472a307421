"""Layers of torch.nn, alone and in small networks."""

import torch
from torch import nn
from torch.nn import functional as F

from .case import Case, case, decomposed


def image(*shape):
    return (torch.randn(*shape),)


@case
def linear():
    return Case(nn.Linear(4, 3), image(2, 4))


@case
def linear_decomposed():
    return Case(nn.Linear(4, 3), image(2, 4), then=decomposed)


@case
def bilinear():
    return Case(nn.Bilinear(3, 4, 2), (torch.randn(5, 3), torch.randn(5, 4)))


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 2)
        )

    def forward(self, x):
        return self.layers(x).softmax(-1)


@case
def perceptron():
    return Case(Perceptron(), image(3, 6))


@case
def perceptron_strict():
    return Case(Perceptron(), image(3, 6), strict=True)


@case
def conv1d():
    return Case(nn.Conv1d(2, 3, 3, padding=1, bias=False), image(1, 2, 8))


@case
def conv2d():
    return Case(nn.Conv2d(2, 4, 3, stride=2, dilation=2, groups=2), image(1, 2, 9, 9))


@case
def conv2d_same_padding():
    return Case(nn.Conv2d(1, 2, 3, padding="same", padding_mode="reflect"), image(1, 1, 5, 5))


@case
def conv3d():
    return Case(nn.Conv3d(1, 2, 2), image(1, 1, 3, 4, 5))


@case
def conv_transpose1d():
    return Case(nn.ConvTranspose1d(2, 2, 3, stride=2, output_padding=1), image(1, 2, 4))


@case
def conv_transpose2d():
    return Case(nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1), image(1, 2, 4, 4))


class Activations(nn.Module):
    """Every activation once, and their parameters."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([
            nn.ReLU6(), nn.ELU(0.7), nn.SELU(), nn.CELU(1.3), nn.LeakyReLU(0.02), nn.PReLU(),
            nn.Sigmoid(), nn.LogSigmoid(), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Hardsigmoid(),
            nn.Hardtanh(-0.5, 0.5), nn.Softplus(2.0, 10.0), nn.Softsign(), nn.Tanhshrink(),
            nn.Hardshrink(0.1), nn.Softshrink(0.1), nn.Threshold(0.1, -7.0), nn.GELU("tanh"),
        ])

    def forward(self, x):
        return [layer(x) for layer in self.layers]


@case
def activations():
    return Case(Activations(), image(2, 3))


@case
def gated_linear_unit():
    return Case(nn.Sequential(nn.Linear(4, 6), nn.GLU(), nn.LogSoftmax(-1)), image(2, 4))


@case
def batch_norm_eval():
    return Case(nn.BatchNorm2d(3).eval(), image(2, 3, 4, 4))


@case
def batch_norm_train():
    return Case(nn.BatchNorm1d(3), image(4, 3))


@case
def batch_norm_train_decomposed():
    return Case(nn.BatchNorm1d(3), image(4, 3), then=decomposed)


@case
def instance_norm():
    return Case(nn.InstanceNorm2d(2, affine=True, track_running_stats=True).eval(), image(2, 2, 4, 4))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.LayerNorm([4, 6])
        self.group = nn.GroupNorm(2, 4)
        self.rms = nn.RMSNorm(6, eps=1e-6)
        self.local_response = nn.LocalResponseNorm(2)

    def forward(self, x):
        x = self.rms(self.group(self.layer(x)))
        return F.normalize(self.local_response(x), dim=-1)


@case
def norms():
    return Case(Norms(), image(2, 4, 6))


@case
def weight_norm():
    return Case(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), image(2, 4))


@case
def spectral_norm_eval():
    return Case(nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)).eval(), image(2, 4))


class Pooling(nn.Module):
    def forward(self, x):
        pooled, indices = F.max_pool2d(x, 2, return_indices=True)
        return {
            "max": pooled,
            "unpool": F.max_unpool2d(pooled, indices, 2),
            "average": F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False),
            "adaptive": F.adaptive_avg_pool2d(x, (1, None)),
            "adaptive_max": F.adaptive_max_pool2d(x, 2),
            "lp": F.lp_pool2d(x, 2.0, 2),
            "ceil": F.max_pool2d(x, 3, stride=2, ceil_mode=True),
        }


@case
def pooling():
    return Case(Pooling(), image(1, 2, 6, 6))


@case
def dropout_train():
    return Case(nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.25), nn.AlphaDropout(0.1)), image(2, 4))


@case
def dropout_eval():
    return Case(nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.25)).eval(), image(2, 4))


@case
def embedding():
    return Case(nn.Embedding(10, 4, padding_idx=0), (torch.tensor([[1, 2, 0], [9, 4, 3]]),))


@case
def embedding_bag():
    offsets = torch.tensor([0, 2])
    return Case(nn.EmbeddingBag(10, 4, mode="mean"), (torch.tensor([1, 2, 4, 5]), offsets))


class Resize(nn.Module):
    def forward(self, x):
        bigger = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        nearest = F.interpolate(x, size=(3, 5), mode="nearest")
        shuffled = F.pixel_shuffle(x, 2)
        patches = F.fold(F.unfold(x, 2), x.shape[-2:], 2)
        padded = F.pad(x, (1, 1, 0, 2), mode="constant", value=float("-inf"))
        return bigger, nearest, shuffled, patches, padded


@case
def resize():
    return Case(Resize(), image(1, 4, 4, 4))


class ResidualBlock(nn.Module):
    def __init__(self, channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Sequential(
            nn.Conv2d(channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
        )

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.downsample(x)
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.block = ResidualBlock(4, 8, stride=2)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.block(self.stem(x))
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


@case
def resnet_eval():
    return Case(ResNet().eval(), image(1, 3, 8, 8))


@case
def resnet_train():
    return Case(ResNet(), image(2, 3, 8, 8))


@case
def resnet_eval_decomposed():
    return Case(ResNet().eval(), image(1, 3, 8, 8), then=decomposed)


@case
def losses():
    class Losses(nn.Module):
        def forward(self, x, classes, target):
            return (
                F.cross_entropy(x, classes, label_smoothing=0.1, ignore_index=2),
                F.mse_loss(x, target, reduction="sum"),
                F.huber_loss(x, target, delta=0.5),
                F.binary_cross_entropy_with_logits(x, target.sigmoid()),
                F.kl_div(x.log_softmax(-1), target.softmax(-1), reduction="batchmean"),
                F.cosine_embedding_loss(x, target, torch.ones(3), margin=0.2),
            )

    return Case(Losses(), (torch.randn(3, 4), torch.tensor([0, 2, 3]), torch.randn(3, 4)))
