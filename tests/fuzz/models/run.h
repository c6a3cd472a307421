#pragma once

#include <roundtrip/module.h>

#include "recipe.h"

namespace roundtrip::fuzz {

/// Runs one step on the tensors so far and appends its results. Throws what the operator
/// throws.
void run_step(const Step& step, std::vector<at::Tensor>& values);

/// The recipe as a model whose parameters and buffers are `state`. It returns a tuple.
Module make_module(const Recipe& recipe, const std::vector<at::Tensor>& state);

}  // namespace roundtrip::fuzz
