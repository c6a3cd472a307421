"""Twins of the tables of torch::nn layers: `*_twins.cpp` that include layer.h."""

from torch import nn


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x)


class Attention(nn.MultiheadAttention):
    """Takes what the C++ twin takes."""

    def forward(self, query, key, value):
        return super().forward(query, key, value)


class AdaptiveLoss(nn.AdaptiveLogSoftmaxWithLoss):
    def forward(self, input, target):
        output, loss = super().forward(input, target)
        return output, loss.item()


class AdaptiveLogProb(nn.AdaptiveLogSoftmaxWithLoss):
    def forward(self, input):
        return self.log_prob(input)


class EncoderLayer(nn.TransformerEncoderLayer):
    def forward(self, src, mask=None):
        return super().forward(src, mask)


class PlainEncoderLayer(nn.TransformerEncoderLayer):
    def forward(self, src):
        return super().forward(src)


def encoder_options(layer):
    return layer(8, 2, dim_feedforward=16, activation="gelu")


def decoder_layer():
    return nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)


def encoder():
    return nn.TransformerEncoder(
        encoder_options(nn.TransformerEncoderLayer), 2, enable_nested_tensor=False
    )


ACTIVATIONS = {
    "ELU": nn.ELU,
    "ELU_inplace": lambda: nn.ELU(0.5, inplace=True),
    "SELU": nn.SELU,
    "CELU": lambda: nn.CELU(0.7),
    "GELU": nn.GELU,
    "GELU_tanh": lambda: nn.GELU("tanh"),
    "GLU": lambda: nn.GLU(1),
    "Hardshrink": nn.Hardshrink,
    "Hardtanh": lambda: nn.Hardtanh(-0.5, 2.0),
    "LeakyReLU": lambda: nn.LeakyReLU(0.2),
    "LogSigmoid": nn.LogSigmoid,
    "Softmax": lambda: nn.Softmax(1),
    "Softmin": lambda: nn.Softmin(0),
    "LogSoftmax": lambda: nn.LogSoftmax(-1),
    "Softmax2d": nn.Softmax2d,
    "PReLU": nn.PReLU,
    "PReLU_channels": lambda: nn.PReLU(4),
    "ReLU": nn.ReLU,
    "ReLU_inplace": lambda: nn.ReLU(inplace=True),
    "ReLU6": nn.ReLU6,
    "RReLU": nn.RReLU,
    "RReLU_eval": lambda: nn.RReLU(upper=0.5).eval(),
    "SiLU": nn.SiLU,
    "Mish": nn.Mish,
    "Sigmoid": nn.Sigmoid,
    "Softplus": lambda: nn.Softplus(2),
    "Softshrink": lambda: nn.Softshrink(0.3),
    "Softsign": nn.Softsign,
    "Tanh": nn.Tanh,
    "Tanhshrink": nn.Tanhshrink,
    "Threshold": lambda: nn.Threshold(0.1, 20),
    "Identity": nn.Identity,
    "Dropout": lambda: nn.Dropout(0.3),
    "Dropout_eval": lambda: nn.Dropout(0.3).eval(),
    "Dropout2d": nn.Dropout2d,
    "Dropout3d": nn.Dropout3d,
    "AlphaDropout": nn.AlphaDropout,
    "AlphaDropout_eval": lambda: nn.AlphaDropout(0.2).eval(),
    "FeatureAlphaDropout": nn.FeatureAlphaDropout,
    "Flatten": nn.Flatten,
    "Unflatten": lambda: nn.Unflatten(1, (2, 3)),
    "CosineSimilarity": nn.CosineSimilarity,
    "PairwiseDistance": lambda: nn.PairwiseDistance(keepdim=True),
    "PixelShuffle": lambda: nn.PixelShuffle(2),
    "PixelUnshuffle": lambda: nn.PixelUnshuffle(2),
}

NORMALIZATIONS = {
    "BatchNorm1d": lambda: nn.BatchNorm1d(4),
    "BatchNorm1d_eval": lambda: nn.BatchNorm1d(4).eval(),
    "BatchNorm1d_sequence_eval": lambda: nn.BatchNorm1d(4).eval(),
    "BatchNorm2d": lambda: nn.BatchNorm2d(4),
    "BatchNorm2d_eval": lambda: nn.BatchNorm2d(4).eval(),
    "BatchNorm2d_plain": lambda: nn.BatchNorm2d(4, affine=False, track_running_stats=False),
    "BatchNorm3d": lambda: nn.BatchNorm3d(4, momentum=0.3),
    "BatchNorm3d_eval": lambda: nn.BatchNorm3d(4).eval(),
    "InstanceNorm1d": lambda: nn.InstanceNorm1d(4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(4, affine=True),
    "InstanceNorm2d_stats": lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    "InstanceNorm2d_eval": lambda: nn.InstanceNorm2d(
        4, affine=True, track_running_stats=True
    ).eval(),
    "InstanceNorm3d": lambda: nn.InstanceNorm3d(4, affine=True),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "GroupNorm_plain": lambda: nn.GroupNorm(4, 4, affine=False),
    "LayerNorm": lambda: nn.LayerNorm([4]),
    "LayerNorm_two_dims": lambda: nn.LayerNorm([3, 4]),
    "LayerNorm_plain": lambda: nn.LayerNorm([4], elementwise_affine=False),
    "LocalResponseNorm": lambda: nn.LocalResponseNorm(2),
    "CrossMapLRN2d": lambda: nn.CrossMapLRN2d(2),
    "ReflectionPad1d": lambda: nn.ReflectionPad1d((1, 2)),
    "ReflectionPad2d": lambda: nn.ReflectionPad2d((1, 2, 2, 0)),
    "ReflectionPad3d": lambda: nn.ReflectionPad3d(1),
    "ReplicationPad1d": lambda: nn.ReplicationPad1d((3, 1)),
    "ReplicationPad2d": lambda: nn.ReplicationPad2d((1, 1, 2, 0)),
    "ReplicationPad3d": lambda: nn.ReplicationPad3d(2),
    "ZeroPad1d": lambda: nn.ZeroPad1d((3, 1)),
    "ZeroPad2d": lambda: nn.ZeroPad2d((1, 1, 2, 0)),
    "ZeroPad3d": lambda: nn.ZeroPad3d(1),
    "ConstantPad1d": lambda: nn.ConstantPad1d((3, -1), 3.5),
    "ConstantPad2d": lambda: nn.ConstantPad2d((1, 1, 2, 0), -1.0),
    "ConstantPad3d": lambda: nn.ConstantPad3d(1, 0.5),
}

CONVOLUTIONS = {
    "Linear": lambda: nn.Linear(4, 3),
    "Linear_no_bias": lambda: nn.Linear(4, 3, bias=False),
    "Linear_three_dims": lambda: nn.Linear(4, 3),
    "Bilinear": lambda: nn.Bilinear(3, 4, 5),
    "Conv1d": lambda: nn.Conv1d(4, 3, 3),
    "Conv1d_stride": lambda: nn.Conv1d(4, 3, 3, stride=2),
    "Conv1d_same": lambda: nn.Conv1d(4, 3, 4, padding="same"),
    "Conv1d_circular": lambda: nn.Conv1d(4, 3, 3, padding=2, padding_mode="circular"),
    "Conv2d": lambda: nn.Conv2d(4, 6, 3),
    "Conv2d_groups": lambda: nn.Conv2d(4, 8, 3, groups=2, dilation=2, bias=False),
    "Conv2d_stride": lambda: nn.Conv2d(4, 6, (3, 2), stride=(2, 3), padding=1),
    "Conv2d_valid": lambda: nn.Conv2d(4, 6, 3, padding="valid"),
    "Conv2d_reflect": lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
    "Conv3d": lambda: nn.Conv3d(4, 2, (2, 3, 3), padding=1),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 3, 3, stride=2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 3, 3),
    "ConvTranspose2d_stride": lambda: nn.ConvTranspose2d(
        4, 6, 3, stride=2, padding=1, output_padding=1
    ),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(4, 2, 2, groups=2),
    "Fold": lambda: nn.Fold((4, 5), (2, 2)),
    "Unfold": lambda: nn.Unfold((2, 3), padding=1),
    "Upsample": lambda: nn.Upsample(scale_factor=(2.0, 2.0)),
    "Upsample_size": lambda: nn.Upsample(size=(8, 3)),
    "Upsample_linear": lambda: nn.Upsample(scale_factor=(2.0,), mode="linear", align_corners=True),
    "Upsample_bilinear": lambda: nn.Upsample(
        scale_factor=(2.0, 2.0), mode="bilinear", align_corners=False
    ),
    "Upsample_bicubic": lambda: nn.Upsample(
        scale_factor=(2.0, 2.0), mode="bicubic", align_corners=True
    ),
    "Upsample_trilinear": lambda: nn.Upsample(
        scale_factor=(2.0, 2.0, 2.0), mode="trilinear", align_corners=False
    ),
}

POOLINGS = {
    "AvgPool1d": lambda: nn.AvgPool1d(2),
    "AvgPool2d": lambda: nn.AvgPool2d(2),
    "AvgPool2d_ceil": lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
    "AvgPool3d": lambda: nn.AvgPool3d(2, (1, 2, 2)),
    "MaxPool1d": lambda: nn.MaxPool1d(3, 2),
    "MaxPool2d": lambda: nn.MaxPool2d(2),
    "MaxPool2d_ceil": lambda: nn.MaxPool2d((3, 2), 2, 1, ceil_mode=True),
    "MaxPool2d_indices": lambda: nn.MaxPool2d(2, return_indices=True),
    "MaxPool3d": lambda: nn.MaxPool3d(2, 1, dilation=2),
    "AdaptiveAvgPool1d": lambda: nn.AdaptiveAvgPool1d(3),
    "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d((3, 2)),
    "AdaptiveAvgPool2d_one": lambda: nn.AdaptiveAvgPool2d((1, 1)),
    "AdaptiveAvgPool2d_keep": lambda: nn.AdaptiveAvgPool2d((None, 2)),
    "AdaptiveAvgPool3d": lambda: nn.AdaptiveAvgPool3d((2, 3, 2)),
    "AdaptiveMaxPool1d": lambda: nn.AdaptiveMaxPool1d(3),
    "AdaptiveMaxPool2d": lambda: nn.AdaptiveMaxPool2d((3, 2)),
    "AdaptiveMaxPool3d": lambda: nn.AdaptiveMaxPool3d((2, 3, 2)),
    "MaxUnpool1d": lambda: nn.MaxUnpool1d(2),
    "MaxUnpool2d": lambda: nn.MaxUnpool2d(2),
    "MaxUnpool3d": lambda: nn.MaxUnpool3d(2),
    "FractionalMaxPool2d": lambda: nn.FractionalMaxPool2d(2, output_size=3),
    "FractionalMaxPool2d_ratio": lambda: nn.FractionalMaxPool2d(2, output_ratio=0.5),
    "FractionalMaxPool3d": lambda: nn.FractionalMaxPool3d(2, output_size=2),
    "LPPool1d": lambda: nn.LPPool1d(2, 3),
    "LPPool2d": lambda: nn.LPPool2d(1.5, (3, 2), stride=2),
    "LPPool3d": lambda: nn.LPPool3d(2, 2),
}

LOSSES = {
    "L1Loss": nn.L1Loss,
    "L1Loss_none": lambda: nn.L1Loss(reduction="none"),
    "MSELoss": nn.MSELoss,
    "MSELoss_sum": lambda: nn.MSELoss(reduction="sum"),
    "KLDivLoss": lambda: nn.KLDivLoss(reduction="batchmean"),
    "KLDivLoss_log_target": lambda: nn.KLDivLoss(log_target=True),
    "BCELoss": nn.BCELoss,
    "BCEWithLogitsLoss": nn.BCEWithLogitsLoss,
    "HingeEmbeddingLoss": lambda: nn.HingeEmbeddingLoss(2.0),
    "MultiMarginLoss": lambda: nn.MultiMarginLoss(margin=2.0),
    "CosineEmbeddingLoss": lambda: nn.CosineEmbeddingLoss(0.5),
    "SmoothL1Loss": nn.SmoothL1Loss,
    "HuberLoss": lambda: nn.HuberLoss(delta=0.5),
    "MultiLabelMarginLoss": nn.MultiLabelMarginLoss,
    "SoftMarginLoss": nn.SoftMarginLoss,
    "MultiLabelSoftMarginLoss": nn.MultiLabelSoftMarginLoss,
    "TripletMarginLoss": lambda: nn.TripletMarginLoss(swap=True),
    "TripletMarginWithDistanceLoss": nn.TripletMarginWithDistanceLoss,
    "CTCLoss": nn.CTCLoss,
    "PoissonNLLLoss": lambda: nn.PoissonNLLLoss(full=True),
    "MarginRankingLoss": lambda: nn.MarginRankingLoss(0.2),
    "NLLLoss": nn.NLLLoss,
    "CrossEntropyLoss": nn.CrossEntropyLoss,
    "CrossEntropyLoss_smooth": lambda: nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.1),
    "AdaptiveLogSoftmaxWithLoss": lambda: AdaptiveLoss(8, 12, [4, 8], 2.0),
    "AdaptiveLogSoftmaxWithLoss_log_prob": lambda: AdaptiveLogProb(8, 12, [4, 8], 2.0),
}

SEQUENCES = {
    "RNN": lambda: nn.RNN(4, 5),
    "RNN_relu": lambda: nn.RNN(4, 5, nonlinearity="relu", batch_first=True),
    "LSTM": lambda: nn.LSTM(4, 5),
    "LSTM_bidirectional": lambda: nn.LSTM(4, 5, num_layers=2, bidirectional=True),
    "LSTM_projection": lambda: nn.LSTM(4, 5, proj_size=2),
    "LSTM_state": lambda: nn.LSTM(4, 5, num_layers=2),
    "GRU": lambda: nn.GRU(4, 5, num_layers=2),
    "GRU_state": lambda: nn.GRU(4, 5),
    "RNNCell": lambda: nn.RNNCell(4, 5),
    "RNNCell_state": lambda: nn.RNNCell(4, 5, bias=False),
    "LSTMCell": lambda: nn.LSTMCell(4, 5),
    "LSTMCell_state": lambda: nn.LSTMCell(4, 5),
    "GRUCell": lambda: nn.GRUCell(4, 5),
    "GRUCell_state": lambda: nn.GRUCell(4, 5),
    "Embedding": lambda: nn.Embedding(10, 4),
    "Embedding_padding": lambda: nn.Embedding(10, 4, padding_idx=-1),
    "EmbeddingBag": lambda: nn.EmbeddingBag(10, 4, mode="sum"),
    "EmbeddingBag_matrix": lambda: nn.EmbeddingBag(10, 4),
    "MultiheadAttention": lambda: Attention(8, 2).eval(),
    "MultiheadAttention_self": lambda: SelfAttention(8, 2).eval(),
    "MultiheadAttention_options": lambda: Attention(
        8, 2, add_bias_kv=True, add_zero_attn=True, kdim=6, vdim=6
    ).eval(),
    "TransformerEncoderLayer": lambda: encoder_options(PlainEncoderLayer).eval(),
    "TransformerEncoderLayer_mask": lambda: encoder_options(EncoderLayer).eval(),
    "TransformerDecoderLayer": lambda: decoder_layer().eval(),
    "TransformerEncoder": lambda: encoder().eval(),
    "TransformerDecoder": lambda: nn.TransformerDecoder(decoder_layer(), 2).eval(),
    "Transformer": lambda: nn.Transformer(8, 2, 1, 1, dim_feedforward=16).eval(),
}

TWINS = {
    **ACTIVATIONS,
    **NORMALIZATIONS,
    **CONVOLUTIONS,
    **POOLINGS,
    **LOSSES,
    **SEQUENCES,
}
