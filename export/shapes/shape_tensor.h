#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {

/// Runs the C++ kernel of a composite operator over tensors that have a layout and no
/// data, so that it raises the guards it raises in Python; the operators it calls are
/// answered by rules. Nothing if the operator has no such kernel. Throws `c10::Error`
/// where the kernel calls what no rule knows, or reads data.
std::optional<Shapes> run_composite(const c10::OperatorHandle& op, const Call& call);

/// The same with the kernel that is composite, yet has a derivative of its own.
std::optional<Shapes> run_explicit_composite(const c10::OperatorHandle& op, const Call& call);

/// What an operator that is not LibTorch's says of its results by its Meta kernel or, if it
/// has none, by its composite one: tensors that have a layout and no data, and numbers. Nothing
/// if it has neither. Throws what the kernel throws.
std::optional<torch::jit::Stack> run_own_kernel(const c10::OperatorHandle& op, const Call& call);

/// Sizes, strides and offsets of the tensors among an operator's results, lists flattened.
Shapes shapes_of(const torch::jit::Stack& results);

}  // namespace roundtrip::shapes
