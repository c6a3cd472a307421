#pragma once

#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <string>

/// TorchScript models (`torch.jit.script`, `torch.jit.trace`) as Modules.

namespace torch::jit {
struct Module;
}

namespace roundtrip {

/// Reads a model of `torch.jit.save` onto the CPU. The file is untrusted input: storages,
/// tensors and the types of attributes are checked before anything uses them, and no code
/// of the model runs. (LibTorch's parser of that code recurses without a limit, though: a
/// hundred thousand nested brackets overflow the stack.) Throws `ArchiveError` that names the
/// record for a file that is damaged or no TorchScript model, and `UnsupportedError` for models
/// with a `__setstate__` (which would run while loading), objects of C++ classes, quantized or
/// sparse tensors. Operators of other namespaces than LibTorch's `aten`, `prim` and `prims` must
/// be allowed by `allowed`: an `UnsupportedError` names the first that is not. `torch::jit::load`
/// has no such checks.
torch::jit::Module load_torchscript(const std::string& path, const AllowedOperators& allowed = {});

/// Parameters, buffers and submodules of a TorchScript model. A tensor attribute that
/// is neither counts as a buffer, as it does in Python's `state_dict`.
ModuleState state_of(const torch::jit::Module& model);

/// Wraps a method of a TorchScript model, which it shares. Export without `convert` records
/// one run of it, in which every dynamic size that the model reads becomes a plain number:
/// the program's `warnings` name those sizes, and for a named `Dim` it is a `CaptureError`.
///
/// With `ExportOptions::convert`, which `strict` implies, it converts the compiled graph. Branches
/// and loops that data decides become `cond` and `while_loop`, all others are followed. Dynamic
/// sizes are symbols, and so is arithmetic on them; branches and assertions on them become guards,
/// the number of a loop's iterations and what no symbol can express specialises them, as in
/// `torch.export`. What cannot be converted is an `UnsupportedError` or `CaptureError` that names
/// operator and source line. Throws `CaptureError` if the model has no such method.
///
/// A model's methods may not read or write files, nor cast what they have to a class unchecked.
Module make_module(const torch::jit::Module& model, const std::string& method = "forward");

}  // namespace roundtrip
