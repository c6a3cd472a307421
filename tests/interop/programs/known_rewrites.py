"""What C++ makes of the corpus's programs otherwise than Python, each with its reason."""

# What `export_program(program.module(), ...)` and `run_decompositions()` say.
_NO_INPUTS = "no example inputs"

NOT_EXPORTED_AGAIN = {
    "effects": "with_effects",
    "forward_and_backward": _NO_INPUTS,
    "no_example_inputs": _NO_INPUTS,
    "parameter_mutation_decomposed": _NO_INPUTS,
}

NOT_DECOMPOSED = {
    "effects": "with_effects",
    "in_place": "a mutation on a view chain",  # Python refuses it, too
}

# Programs that Python cannot export again.
_DETACHED_VIEW = "Python refuses detach_ of a view that was not one when it was first traced"
NOT_EXPORTED_AGAIN_BY_PYTHON = {
    "constants": _DETACHED_VIEW,
    "dataclass_output": "its class is known only where it was made",
    "indexing": _DETACHED_VIEW,
    "kinds_of_state": _DETACHED_VIEW,
    "namedtuple_output": "its class is known only where it was made",
    "string_arguments": _DETACHED_VIEW,
}

# Programs that Python cannot load here, or cannot decompose.
NOT_DECOMPOSED_BY_PYTHON = {
    "dataclass_output": "its class is known only where it was made",
    "dynamic_derived": "Python decomposes no derived dimensions",
    "dynamic_sizes": "Python decomposes no derived dimensions",
    "namedtuple_output": "its class is known only where it was made",
}

_NUMBERED_ANEW = "Python numbers the symbols of conditions anew"
_HOLDS = "Python keeps assertions that are known to hold"
EXPORTED_OTHERWISE = {"conditions_of_data": _HOLDS}

DECOMPOSED_OTHERWISE = {
    "linear_algebra": "Python orders checks of LAPACK's errors by effect tokens",
    "conditions_of_data": _HOLDS,
    "checked_condition_of_data": _NUMBERED_ANEW,
    "masked_features": _NUMBERED_ANEW,
}

# Their results are random, by other draws in other operators.
RANDOM = {
    "dropout_train",
    "layer_dropout2d",
    "layer_dropout2d_dynamic",
    "layer_feature_alpha_dropout",
    "layer_feature_alpha_dropout_dynamic",
    "layer_rrelu",
    "layer_rrelu_dynamic",
    "random_numbers",
    "random_numbers_decomposed",
}
