#pragma once

#include <roundtrip/module.h>

#include <string>

/// TorchScript models (`torch::jit::load`, `torch.jit.script`, `torch.jit.trace`) as Modules.

namespace torch::jit {
struct Module;
}

namespace roundtrip {

/// Parameters, buffers and submodules of a TorchScript model. A tensor attribute that
/// is neither counts as a buffer, as it does in Python's `state_dict`.
ModuleState state_of(const torch::jit::Module& model);

/// Wraps a method of a TorchScript model, which it shares. Non-strict export records
/// one run of it. Strict export converts its compiled graph: branches and loops that
/// data decides become `cond` and `while_loop`, all others are followed; what cannot be
/// converted is an `UnsupportedError` or `CaptureError` that names operator and source
/// line. Throws `CaptureError` if the model has no such method.
Module make_module(const torch::jit::Module& model, const std::string& method = "forward");

}  // namespace roundtrip
