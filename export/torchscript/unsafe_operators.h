#pragma once

#include <roundtrip/exported_program.h>
#include <torch/csrc/jit/api/module.h>
#include "export/torchscript/graphs/jit.h"

namespace roundtrip {

/// Throws `UnsupportedError`, naming operator and source line, if a method of the model
/// or what it calls may read or write a file, or takes an object unchecked for one of another
/// class. A model is not to be trusted with that.
void refuse_unsafe_operators(const jit::Module& model);

/// Throws `UnsupportedError`, naming operator and source line, if a method of the model or what
/// it calls has an operator that is neither of LibTorch's namespaces nor allowed by `allowed`.
void refuse_foreign_operators(const jit::Module& model, const AllowedOperators& allowed);

/// Throws `UnsupportedError` for a node that enters an autocast region: which operators it
/// converts the tensors of is a pass of LibTorch's compiler, which nothing runs here.
void refuse_autocast(const jit::Node& node);
/// The same for a model one of whose methods enters one.
void refuse_autocast(const jit::Module& model);

}  // namespace roundtrip
