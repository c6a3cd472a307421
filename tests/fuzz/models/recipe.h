#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <roundtrip/module.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Models that are data: calls of operators on inputs, buffers and each other's results.

namespace roundtrip::fuzz {

/// A tensor of the model: inputs come first, then buffers, then the results of each step.
struct Ref {
  std::size_t index;
};

/// `factor` times a size of a tensor, plus `add`; without a tensor the plain number `add`.
struct Size {
  std::optional<Ref> of{};
  std::int64_t dim = 0;
  std::int64_t factor = 1;
  std::int64_t add = 0;
};

using Argument = std::variant<c10::IValue, Ref, std::vector<Ref>, std::vector<std::optional<Ref>>,
                              Size, std::vector<Size>>;

/// A call of an operator, or of `roundtrip::cond` on two operators of one tensor: then the
/// arguments are the condition, the operand and the names of both.
struct Step {
  static constexpr const char* kCond = "roundtrip::cond";

  std::string op;
  std::string overload;
  std::vector<Argument> arguments;
  std::size_t results = 1;  ///< tensors, lists flattened
};

/// One of the model's symbols of sizes, or a plain size.
struct Extent {
  std::optional<std::size_t> symbol;
  std::int64_t size = 0;
};

struct TensorSpec {
  std::vector<Extent> extents;
  at::ScalarType dtype = at::kFloat;
};

struct Recipe {
  std::vector<std::int64_t> sizes;  ///< of the symbols, in the example inputs
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> buffers;
  std::vector<Step> steps;
  std::vector<Ref> outputs;
};

/// Tensors of a spec, with data that is drawn from the seed.
std::vector<at::Tensor> make_tensors(const std::vector<TensorSpec>& specs,
                                     const std::vector<std::int64_t>& sizes, std::uint64_t seed);

/// Runs one step on the tensors so far and appends its results. Throws what the operator
/// throws.
void run_step(const Step& step, std::vector<at::Tensor>& values);

/// The recipe as a model with its buffers.
Module make_module(const Recipe& recipe, const std::vector<at::Tensor>& buffers);

/// The recipe as C++ code.
std::string to_cpp(const Recipe& recipe);

}  // namespace roundtrip::fuzz
