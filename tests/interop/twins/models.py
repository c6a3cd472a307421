"""Twins of model_twins.cpp and vision_twins.cpp."""

import torch
import torch.nn.functional as F
from torch import nn


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.second = nn.Linear(16, 4)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


class TiedLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.output = self.embedding.weight

    def forward(self, ids):
        return torch.log_softmax(torch.matmul(self.embedding(ids), self.output.t()), -1)


class SharedLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.again = self.layer

    def forward(self, x):
        return self.again(torch.tanh(self.layer(x)))


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros([], dtype=torch.long))
        self.register_buffer("mean", torch.zeros([3]))

    def forward(self, x):
        self.count += 1
        self.mean.mul_(0.9).add_(x.mean(0), alpha=0.1)
        return (x - self.mean) * self.count


class Functional(nn.Module):
    """C++'s torch::nn::Functional: a function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def sequential():
    layers = nn.Linear(6, 8), nn.ReLU(), nn.LayerNorm([8]), nn.Dropout(0.5)
    return nn.Sequential(*layers, Functional(torch.tanh), nn.Linear(8, 2)).eval()


class Containers(nn.Module):
    def __init__(self):
        super().__init__()
        self.list = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 3)])
        self.dict = nn.ModuleDict({"norm": nn.LayerNorm([4])})
        self.weights = nn.ParameterList([torch.zeros(4), torch.zeros(3)])
        self.scales = nn.ParameterDict({"output": torch.zeros(1)})

    def forward(self, x):
        hidden = self.list[0](x) * self.weights[0]
        normed = self.dict["norm"](hidden)
        return (self.list[1](normed) + self.weights[1]) * self.scales["output"]


WIDTH = 16
HEADS = 4
VOCABULARY = 23


class CausalAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.output = nn.Linear(WIDTH, WIDTH)

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x):
        parts = self.qkv(x).split(WIDTH, 2)
        attended = F.scaled_dot_product_attention(*map(self.heads, parts), is_causal=True)
        merged = attended.transpose(1, 2).contiguous()
        return self.output(merged.view(x.shape[0], x.shape[1], WIDTH))


class DecoderBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm([WIDTH])
        self.attention = CausalAttention()
        self.norm2 = nn.LayerNorm([WIDTH])
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        y = x + self.attention(self.norm1(x))
        return y + self.down(F.gelu(self.up(self.norm2(y)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(32, WIDTH)
        self.block0 = DecoderBlock()
        self.block1 = DecoderBlock()
        self.norm = nn.LayerNorm([WIDTH])

    def forward(self, ids):
        places = torch.arange(ids.shape[1], dtype=torch.long)
        x = self.tokens(ids) + self.positions(places)
        x = self.norm(self.block1(self.block0(x)))
        return torch.matmul(x, self.tokens.weight.t())


class LstmLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 6)
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        self.output = nn.Linear(8, VOCABULARY)

    def forward(self, ids):
        states, _ = self.lstm(self.embedding(ids))
        return self.output(states)


class SentenceEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 6)
        self.gru = nn.GRU(6, 8, batch_first=True)

    def forward(self, ids, mask):
        states, _ = self.gru(self.embedding(ids))
        weights = mask.unsqueeze(2).to(torch.float)
        return (states * weights).sum(1) / weights.sum(1).clamp_min(1)


class PackedSequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 6, num_layers=2, batch_first=True)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        padded, counts = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        return padded, counts, last


class LowRank(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(2, 8))
        self.b = nn.Parameter(torch.zeros(8, 2))
        self.base = nn.Linear(8, 8)
        self.base.weight.requires_grad_(False)

    def forward(self, x):
        return self.base(x) + torch.matmul(torch.matmul(x, self.a.t()), self.b.t()) * 0.5


class VariationalEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(6, 3)
        self.deviation = nn.Linear(6, 3)

    def forward(self, x):
        sigma = torch.exp(self.deviation(x) * 0.5)
        z = self.mean(x) + sigma * torch.randn_like(sigma)
        return z, (sigma.pow(2) + self.mean(x).pow(2) - 2 * sigma.log() - 1).sum(1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.pool = nn.MaxPool2d(2)
        self.output = nn.Linear(6 * 4 * 4, 5)

    def forward(self, image):
        return self.output(self.pool(F.gelu(self.norm(self.conv(image)))).flatten(1))


def convolution(in_channels, out_channels, size, stride):
    return nn.Conv2d(in_channels, out_channels, size, stride, size // 2, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = convolution(in_channels, out_channels, 3, stride)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = convolution(out_channels, out_channels, 3, 1)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.shortcut = None
        if in_channels != out_channels:
            self.shortcut = convolution(in_channels, out_channels, 1, stride)
            self.shortcut_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        y = torch.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return torch.relu(y + (self.shortcut_norm(self.shortcut(x)) if self.shortcut else x))


class ResNet18(nn.Module):
    """With `width` channels in the first stage (64 in the paper)."""

    def __init__(self, width):
        super().__init__()
        self.conv = convolution(3, width, 7, 2)
        self.norm = nn.BatchNorm2d(width)
        channels = width
        for stage in range(4):
            for block in range(2):
                stride = 2 if stage and not block else 1
                layer = BasicBlock(channels, width << stage, stride)
                self.add_module(f"stage{stage}_{block}", layer)
                channels = width << stage
        self.output = nn.Linear(channels, 10)

    def forward(self, x):
        y = F.max_pool2d(torch.relu(self.norm(self.conv(x))), 3, 2, 1)
        for name, layer in self.named_children():
            if name.startswith("stage"):
                y = layer(y)
        return self.output(F.adaptive_avg_pool2d(y, (1, 1)).flatten(1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(1, 4, 3, padding=1)
        self.down2 = nn.Conv2d(4, 8, 3, padding=1)
        self.bottom = nn.Conv2d(8, 8, 3, padding=1)
        self.up2 = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.merge2 = nn.Conv2d(16, 4, 3, padding=1)
        self.up1 = nn.ConvTranspose2d(4, 4, 2, stride=2)
        self.merge1 = nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, image):
        fine = torch.relu(self.down1(image))
        coarse = torch.relu(self.down2(F.max_pool2d(fine, 2)))
        x = torch.relu(self.bottom(F.max_pool2d(coarse, 2)))
        x = torch.relu(self.merge2(torch.cat([self.up2(x), coarse], 1)))
        return self.merge1(torch.cat([self.up1(x), fine], 1))


class MixerBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm([8])
        self.patches1 = nn.Linear(4, 6)
        self.patches2 = nn.Linear(6, 4)
        self.norm2 = nn.LayerNorm([8])
        self.channels1 = nn.Linear(8, 12)
        self.channels2 = nn.Linear(12, 8)

    def forward(self, x):
        mixed = self.patches2(F.gelu(self.patches1(self.norm1(x).transpose(1, 2))))
        y = x + mixed.transpose(1, 2)
        return y + self.channels2(F.gelu(self.channels1(self.norm2(y))))


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, stride=4)
        self.block0 = MixerBlock()
        self.block1 = MixerBlock()
        self.norm = nn.LayerNorm([8])
        self.output = nn.Linear(8, 5)

    def forward(self, image):
        x = self.patch(image).flatten(2).transpose(1, 2)
        return self.output(self.norm(self.block1(self.block0(x))).mean(1))


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Conv2d(3, 8, 3, padding=1)
        self.score = nn.Conv2d(8, 1, 1)
        self.box = nn.Conv2d(8, 4, 1)

    def forward(self, image):
        x = torch.relu(self.features(image))
        scores = torch.sigmoid(self.score(x)).flatten()
        boxes = self.box(x).permute([0, 2, 3, 1]).reshape([-1, 4])
        found = torch.nonzero(scores > 0.5).squeeze(1)
        return boxes.index_select(0, found).clamp(0, 1), scores.index_select(0, found)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Conv2d(3, 4, 3, 2, 1)
        self.decode = nn.ConvTranspose2d(4, 3, 3, 2, 1, 1)

    def forward(self, image):
        return torch.sigmoid(self.decode(torch.relu(self.encode(image))))


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Linear(4, 2)
        self.excite = nn.Linear(2, 4)

    def forward(self, x):
        scale = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean([2, 3])))))
        return x * scale.unsqueeze(-1).unsqueeze(-1)


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.pointwise = nn.Conv2d(4, 6, 1)

    def forward(self, x):
        return self.pointwise(F.relu6(self.norm(self.depthwise(x))))


TWINS = {
    "perceptron": Perceptron,
    "double_perceptron": lambda: Perceptron().double(),
    "tied_weights": TiedLanguageModel,
    "shared_layer": SharedLayer,
    "mutated_buffers": Counter,
    "Sequential": sequential,
    "containers": Containers,
    "gpt2": Gpt2,
    "lstm_language_model": LstmLanguageModel,
    "packed_sequences": PackedSequences,
    "sentence_encoder": SentenceEncoder,
    "low_rank": LowRank,
    "variational_encoder": VariationalEncoder,
    "classifier": Classifier,
    "resnet18": lambda: ResNet18(8).eval(),
    "unet": UNet,
    "mlp_mixer": Mixer,
    "detector": Detector,
    "detector_images": Detector,
    "autoencoder": Autoencoder,
    "squeeze_excite": SqueezeExcite,
    "separable": lambda: Separable().eval(),
}
