#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "symbols.h"

namespace roundtrip::testing {

using Sizes = std::vector<c10::SymInt>;

/// A tensor argument, by its sizes as functions of the symbols. Its data: random numbers,
/// or of integers one value, of booleans true.
struct TensorSpec {
  Sizes sizes;
  at::ScalarType dtype = at::kFloat;
  std::int64_t value = 0;
};
using TensorSpecs = std::vector<TensorSpec>;
/// A list of tensors of which some are None.
using OptionalSpecs = std::vector<std::optional<TensorSpec>>;
using Argument = std::variant<c10::IValue, TensorSpec, TensorSpecs, OptionalSpecs, Sizes>;
using Arguments = std::vector<Argument>;

/// An operator and the arguments it is called with; those left out have their defaults.
struct Case {
  std::string op;  ///< with the overload: `aten::add.Tensor`
  Arguments arguments;
};

// What cases are written with.
inline TensorSpec t(Sizes sizes) {
  return {std::move(sizes)};
}
inline TensorSpec longs(Sizes sizes, std::int64_t value = 0) {
  return {std::move(sizes), at::kLong, value};
}
inline Argument list(Sizes sizes) {
  return sizes;
}

/// A row for each operator of the core set.
std::vector<Case> core_cases();
/// Composite operators, which capture sees whole, and some that no rule knows.
std::vector<Case> other_cases();
/// Operators of several tensors, whose sizes must fit together.
std::vector<Case> several_tensors_cases();

}  // namespace roundtrip::testing
