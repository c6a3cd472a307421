#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <optional>

namespace roundtrip {

/// What is done for an operator below autograd.
enum class LeafKind {
  composite,  ///< its kernel calls other operators
  metadata,   ///< looks at sizes and strides of what it is given, not at data
  known,      ///< `leaf_results` tells what it returns
  kernel,     ///< a kernel of the CPU, which may call other operators, and writes to no argument
  computed,   ///< only running it tells
};

struct LeafFacts {
  LeafKind kind;
  c10::DispatchKey key = c10::DispatchKey::Undefined;  ///< of a composite operator's kernel
};

/// For operators of the CPU. Found once for each; any number of threads may ask.
const LeafFacts& leaf_facts(const c10::OperatorHandle& op);

/// What an operator would return: new tensors without memory, undefined ones, arguments that it
/// writes to, or new tensors in place of those that it makes larger. Nothing if that is not known
/// for these arguments. Throws `c10::Error` if the operator would.
std::optional<torch::jit::Stack> leaf_results(const c10::OperatorHandle& op,
                                              const torch::jit::Stack& arguments);

}  // namespace roundtrip
