#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <string>

#include "cases.h"
#include "export/shapes/shapes.h"

namespace roundtrip::testing {

/// By its name with the overload: `aten::add.Tensor`.
c10::OperatorHandle find_operator(const std::string& name);

/// What an operator is called with at a point, defaults too.
torch::jit::Stack real_arguments(const c10::OperatorHandle& op, const Arguments& arguments,
                                 const Values& point);

/// A tensor that has the sizes, contiguous, and no data.
at::Tensor symbolic_tensor(const TensorSpec& spec);
at::Tensor real_tensor(const TensorSpec& spec, const Values& point);
/// How a layout at a point is not that of the real result; empty if it is.
std::string difference(const SymbolicLayout& layout, const at::Tensor& real, const Values& point);

struct Outcome {
  bool exact = false;  ///< layouts agree with real runs at every point
  ShapeSource source = ShapeSource::rule;
  int points = 0;  ///< other sizes that it takes and no guard excludes
  std::string problem;
};

/// Asks for the layouts of one call's results once, with symbols, and compares sizes,
/// strides and offsets with what the operator really gives at those of kOtherPoints that no
/// guard excludes.
Outcome run(const Case& item);

/// Gives each size of each tensor a symbol of its own, and says at which other sizes, one of them
/// changed, the operator fails though no guard excludes them.
std::vector<std::string> sizes_that_do_not_fit(const Case& item);

}  // namespace roundtrip::testing
