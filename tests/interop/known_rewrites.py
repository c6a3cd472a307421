"""What C++ makes of the corpus's programs otherwise than Python, each with its reason."""

# What `export_program(program.module(), ...)` and `run_decompositions()` say.
_PREDISPATCH = "cannot run torch._functorch.predispatch"
_CONTROL_FLOW = "does not take control flow apart yet"
_SYMBOL_AS_TENSOR = "a symbolic number in a tensor's place cannot be captured again yet"
_NO_INPUTS = "this program has none"

NOT_EXPORTED_AGAIN = {
    "associative_scan_products": _PREDISPATCH,
    "effects": "with_effects",
    "forward_and_backward": "no example inputs",
    "item_float": _SYMBOL_AS_TENSOR,
    "no_example_inputs": "no example inputs",
    "parameter_mutation_decomposed": "no example inputs",
    "vmap_rows": _PREDISPATCH,
}

NOT_DECOMPOSED = {
    "associative_scan_products": _PREDISPATCH,
    "cond_nested": _CONTROL_FLOW,
    "cond_parameters": _CONTROL_FLOW,
    "cond_parameters_decomposed": _CONTROL_FLOW,
    "cond_shape": _CONTROL_FLOW,
    "cond_tensor": _CONTROL_FLOW,
    # LibTorch's kernels of these composite operators read a size as a plain integer.
    "dynamic_image": "Constraints violated",
    "dynamic_int_inputs": _SYMBOL_AS_TENSOR,
    "dynamic_sizes": "Constraints violated",
    "effects": "with_effects",
    "forward_and_backward": _NO_INPUTS,
    "in_place": "a mutation on a view chain",  # Python refuses it, too
    "item_float": _SYMBOL_AS_TENSOR,
    "map_rows": _CONTROL_FLOW,
    "no_example_inputs": _NO_INPUTS,
    "no_grad_in_cond": _CONTROL_FLOW,
    "parameter_mutation_decomposed": _NO_INPUTS,
    "scan_sums": _CONTROL_FLOW,
    "symbolic_logic": _SYMBOL_AS_TENSOR,
    "symbolic_operators": _SYMBOL_AS_TENSOR,
    "vmap_rows": _PREDISPATCH,
    "while_loop_buffer": _CONTROL_FLOW,
    "while_loop_counter": _CONTROL_FLOW,
    "while_loop_decomposed": _CONTROL_FLOW,
}

# Programs that Python cannot export again.
_DETACHED_VIEW = "Python refuses detach_ of a view that was not one when it was first traced"
NOT_EXPORTED_AGAIN_BY_PYTHON = {
    "constants": _DETACHED_VIEW,
    "dataclass_output": "its class is known only where it was made",
    "indexing": _DETACHED_VIEW,
    "namedtuple_output": "its class is known only where it was made",
    "string_arguments": _DETACHED_VIEW,
}

# Programs that Python cannot load here, or cannot decompose.
NOT_DECOMPOSED_BY_PYTHON = {
    "dataclass_output": "its class is known only where it was made",
    "dynamic_derived": "Python decomposes no derived dimensions",
    "namedtuple_output": "its class is known only where it was made",
}

_ASSERTION = "Python traces the assertion on a dtype again and gives it by position"
_FACTS = "Python keeps assertions and sums of data's symbols that the first trace left behind"
EXPORTED_OTHERWISE = {
    "cond_shape": "the size is known now: we follow the branch, Python writes cond(False, ...)",
    "device_and_dtype": _ASSERTION,
    "dtype_arithmetic": _ASSERTION,
    "dtypes_complex": _ASSERTION,
    "dtypes_float": _ASSERTION,
    "dtypes_float8": _ASSERTION,
    "dtypes_integer": _ASSERTION,
    "elementwise": _ASSERTION,
    "memory_formats": _ASSERTION,
    "number_arguments": _ASSERTION,
    "tolist_split": _FACTS,
    "unbacked_operators": _FACTS,
}

_NO_RULE = "no rule of ours: the operator stays whole, or LibTorch's own kernel takes it apart"
_RECURRENT = "LibTorch's kernel takes the layer apart, Python a version of its own"
_STRICT_SYMBOL = "Python names symbols of a strict capture after another source"
DECOMPOSED_OTHERWISE = {
    "assertions": _STRICT_SYMBOL,
    "attention_causal": "LibTorch builds the causal mask by ones and tril",
    "device_and_dtype": "full_like keeps its default pin_memory unwritten",
    "dropout_train": _NO_RULE,
    "dynamic_batch_strict": _STRICT_SYMBOL,
    "embedding_bag": _NO_RULE,
    "empty_tensors": _NO_RULE,
    "gru": _RECURRENT,
    "input_mutation_decomposed": "Python copies the new value of an input once more",
    "linear_algebra": "Python orders checks of LAPACK's errors by effect tokens",
    "losses": _NO_RULE,
    "lstm": _RECURRENT,
    "lstm_with_state": _RECURRENT,
    "memory_formats": _NO_RULE,
    "norms": "LibTorch's rms_norm has its eps in single precision",
    "pooling": _NO_RULE,
    "resize": _NO_RULE,
    "rnn_relu": _RECURRENT,
    "scalar_tensors": "Python copies a constant that it returns",
    "spectral_norm_eval": _NO_RULE,
    "string_arguments": "Python converts the number of scalar_tensor to the dtype first",
    "tensor_lists": _NO_RULE,
    "tolist_split": _FACTS,
    "unbacked_operators": _FACTS,
    "weight_norm": _NO_RULE,
}

# Their results are random, by other draws in other operators.
RANDOM = {"dropout_train", "random_numbers", "random_numbers_decomposed"}
