"""Where a C++ program and its twin in Python are known to differ, and why.

A reason holds for the models it names; a model that agrees after all fails its test.
"""

# The frontends call other operators, or the same ones with other arguments.
TEXT = {
    "torch::nn::functional::linear and multi_head_attention_forward call addmm, matmul and add": {
        "AdaptiveLogSoftmaxWithLoss_log_prob",
        "Linear",
        "Linear_no_bias",
        "Linear_three_dims",
        "MultiheadAttention",
        "MultiheadAttention_options",
        "MultiheadAttention_self",
        "Sequential",
        "Transformer",
        "TransformerDecoder",
        "TransformerDecoderLayer",
        "TransformerEncoder",
        "TransformerEncoderLayer",
        "TransformerEncoderLayer_mask",
        "classifier",
        "containers",
        "double_perceptron",
        "gpt2",
        "low_rank",
        "lstm_language_model",
        "mlp_mixer",
        "perceptron",
        "resnet18",
        "shared_layer",
        "squeeze_excite",
        "variational_encoder",
    },
    "torch::nn::functional::pad calls _pad_enum": {
        "ConstantPad1d",
        "ConstantPad2d",
        "ConstantPad3d",
        "Conv1d_circular",
        "Conv2d_reflect",
        "LocalResponseNorm",
        "ReflectionPad1d",
        "ReflectionPad2d",
        "ReflectionPad3d",
        "ReplicationPad1d",
        "ReplicationPad2d",
        "ReplicationPad3d",
        "ZeroPad1d",
        "ZeroPad2d",
        "ZeroPad3d",
    },
    "torch::nn::functional::interpolate calls the overloads with sizes": {
        "Upsample",
        "Upsample_bicubic",
        "Upsample_bilinear",
        "Upsample_linear",
        "Upsample_size",
        "Upsample_trilinear",
    },
    "C++ operators of a tensor and a number call the Scalar overload, Python's the Tensor one": {
        "BatchNorm1d",
        "BatchNorm2d",
        "BatchNorm3d",
        "KLDivLoss",
        "LPPool1d",
        "LPPool2d",
        "LPPool3d",
        "Softsign",
        "TripletMarginWithDistanceLoss",
        "constant_inputs",
        "data_masked_select",
        "data_nonzero",
        "data_unique",
        "exported_without_grad",
        "in_place",
        "keyword_inputs",
        "nested_containers",
        "nested_regions",
        "no_grad_regions",
        "size_as_number",
        "size_expanded",
        "size_returned",
    },
    "C++ evaluates the arguments of one expression in another order": {
        "MaxUnpool1d",
        "factories",
        "sentence_encoder",
        "strided_inputs",
        "tied_weights",
    },
    "Python's factories give the device and pin_memory, C++'s only the options they were given": {
        "EmbeddingBag_matrix",
        "FractionalMaxPool2d",
        "FractionalMaxPool2d_ratio",
        "FractionalMaxPool3d",
        "GRU",
        "GRUCell",
        "LSTM",
        "LSTMCell",
        "LSTM_bidirectional",
        "LSTM_projection",
        "RNN",
        "RNNCell",
        "RNN_relu",
        "indexing",
        "size_padded",
        "size_positions",
    },
    "torch::nn::functional::layer_norm leaves out the flag of cuDNN": {
        "LayerNorm",
        "LayerNorm_plain",
        "LayerNorm_two_dims",
    },
    "torch::nn's options hold numbers as doubles": {"Softplus", "Threshold"},
    "Python's binding repeats one number for each dimension": {"unet"},
    "in Python `+=` on an attribute also assigns, which is a copy_": {"mutated_buffers"},
    "Python knows a constant by its attribute, and torch.tensor calls detach_": {"constants"},
    "what a conversion to its own type returns is the tensor itself, which Python then renames": {
        "casts",
    },
    "the frontends decompose the function otherwise": {
        "CrossMapLRN2d",
        "L1Loss",
        "L1Loss_none",
        "MultiLabelSoftMarginLoss",
        "ReLU6",
        "multiple_outputs",
        "scalars",
    },
}

NOT_EXPORTED = {
    "Python's fake tensors know no _ctc_loss with lengths in tensors": {"CTCLoss"},
    "both frontends branch on data": {"AdaptiveLogSoftmaxWithLoss"},
    "Python's fake tensors know no packed sequences": {"packed_sequences"},
}

TAKES_NO_SYMBOLS = "fractional_max_pool2d takes the sizes of its result as plain integers"
UNROLLED = "Python unrolls a recurrent layer over its steps"
RECURRENT = {
    "GRU",
    "GRU_state",
    "LSTM",
    "LSTM_bidirectional",
    "LSTM_projection",
    "LSTM_state",
    "RNN",
    "RNN_relu",
    "lstm_language_model",
    "sentence_encoder",
}
SLICES_SYMBOLS = "LibTorch's indexing leaves out a slice of a whole dimension, unless it is symbolic"

# Models with sizes that come out fixed, though asked to be dynamic.
FIXED_SIZES = {
    TAKES_NO_SYMBOLS: {
        "FractionalMaxPool2d_ratio",
    },
    SLICES_SYMBOLS: {
        "AdaptiveLogSoftmaxWithLoss_log_prob",
    },
    UNROLLED: RECURRENT,
    "in both languages the layer calls resize_as_, which fixes sizes": {
        "CrossMapLRN2d",
    },
    "Python's max_pool1d reads sizes as plain integers": {"MaxPool1d"},
    "Python's fractional_max_pool3d reads sizes as plain integers": {"FractionalMaxPool3d"},
}

STATIC_TEXT = {
    "the frontends give another end to a slice that has none": {"size_last_rows"},
}

DYNAMIC_TEXT = {
    "Python calculates (n - 1)*2 + 2 as its layer does; a size that is generalised is 2*n": {
        "MaxUnpool2d",
        "MaxUnpool3d",
    },
}

DYNAMIC_RANGES = {
    "Python orders the strides of pixel_unshuffle's permutation, which guards that halves exceed 1": {
        "PixelUnshuffle",
    },
}

NAMES_OF_ONE = "of sizes that are the same one gives the symbol its name, another one in Python"
ASKS_IN_PYTHON = "Python's kernel or layer asks for this run's size, or the C++ one does not"

# Automatic sizes that are dynamic in one language alone, or under another name.
AUTOMATIC_RANGES = {
    UNROLLED: RECURRENT,
    NAMES_OF_ONE: {"MultiheadAttention", "MultiheadAttention_options", "Transformer"},
    ASKS_IN_PYTHON: {"FractionalMaxPool3d", "GroupNorm_plain", "InstanceNorm1d", "MaxPool1d"},
    "Python does not ask that values of index_put fit": {"indexing"},
    "LibTorch's layer of fixed width takes few sizes, which are not tried together": {"classifier"},
    TAKES_NO_SYMBOLS: {"FractionalMaxPool2d_ratio"},
    SLICES_SYMBOLS: {"AdaptiveLogSoftmaxWithLoss_log_prob"},
}

AUTOMATIC_TEXT = {
    UNROLLED: {"GRU_state", "LSTM_state"},
    ASKS_IN_PYTHON: {"GroupNorm_plain", "InstanceNorm1d", "MaxPool1d"},
}

MODULES = {
    "torch::nn::Functional is no layer of Python's": {"Sequential"},
    "in LibTorch's own code the forward of a Sequential is a part of its caller": {
        "AdaptiveLogSoftmaxWithLoss_log_prob",
    },
}

# By static, dynamic or automatic and by aspect: a reason and the models it holds for.
KNOWN = {
    ("automatic", "exports"): NOT_EXPORTED,
    ("automatic", "modules"): MODULES,
    ("automatic", "ranges"): DYNAMIC_RANGES | AUTOMATIC_RANGES,
    ("automatic", "text"): TEXT | DYNAMIC_TEXT | AUTOMATIC_TEXT,
    ("static", "exports"): NOT_EXPORTED,
    ("static", "modules"): MODULES,
    ("static", "text"): TEXT | STATIC_TEXT,
    ("dynamic", "exports"): NOT_EXPORTED | FIXED_SIZES,
    ("dynamic", "modules"): MODULES,
    ("dynamic", "ranges"): DYNAMIC_RANGES,
    ("dynamic", "text"): TEXT | DYNAMIC_TEXT,
}
