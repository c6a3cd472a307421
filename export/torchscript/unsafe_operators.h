#pragma once

#include <torch/csrc/jit/api/module.h>

namespace roundtrip {

/// Throws `UnsupportedError`, naming operator and source line, if a method of the model
/// or what it calls may read or write a file, or takes an object unchecked for one of another
/// class. A model is not to be trusted with that.
void refuse_unsafe_operators(const torch::jit::Module& model);

}  // namespace roundtrip
