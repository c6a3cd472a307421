#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>

namespace roundtrip::shapes {

/// What an operator of a shape function gives where symbolic integers, or lists with some, are
/// among its inputs: integers stay symbolic, comparisons of them are guards. Nothing for an
/// operator that TorchScript's own code can run.
std::optional<c10::IValue> run_on_symbols(c10::Symbol kind, const torch::jit::Stack& inputs);

/// Calls TorchScript's own code. It takes plain numbers, which a symbol becomes by a guard; lists
/// may hold any. Errors are `c10::Error`.
void run_on_plain_numbers(const torch::jit::Node& node, torch::jit::Stack& stack);

}  // namespace roundtrip::shapes
