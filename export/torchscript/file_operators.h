#pragma once

#include <torch/csrc/jit/api/module.h>

namespace roundtrip {

/// Throws `UnsupportedError`, naming operator and source line, if a method of the model
/// or what it calls may read or write a file. A model is not to be trusted with that.
void refuse_file_operators(const torch::jit::Module& model);

}  // namespace roundtrip
