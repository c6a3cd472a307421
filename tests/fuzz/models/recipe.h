#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Models that are data: calls of operators on inputs, parameters, buffers and each other's
/// results.

namespace roundtrip::fuzz {

/// A tensor of the model: inputs come first, then parameters and buffers, then the results of
/// each step.
struct Ref {
  std::size_t index;
};

/// A tensor's size in one dimension.
struct SizeOf {
  Ref tensor;
  std::int64_t dim = 0;
};

/// A number: `of * factor + add`, without a size just `add`. With two sizes, `of operation other`
/// takes the place of `of`, where the operation is one of `+ - * / % < >`, the last two for the
/// lesser and the greater; the divisor is one more, so that it is not zero.
struct Size {
  std::optional<SizeOf> of{};
  std::int64_t factor = 1;
  std::int64_t add = 0;
  char operation = '+';
  std::optional<SizeOf> other{};
};

using Argument = std::variant<c10::IValue, Ref, std::vector<Ref>, std::vector<std::optional<Ref>>,
                              Size, std::vector<Size>>;

struct Step;

/// A function of control flow, a model in the small: its tensors are what it is called with, then
/// what it takes from outside, then the results of its steps.
struct Body {
  std::vector<Step> steps;
  std::vector<Ref> outputs;
};

/// A call of an operator, or of control flow. The arguments of that are the tensor or the size
/// that decides (of `cond` whether, of `while_loop` how often, of `scan` whether in reverse; of
/// `map` nothing), the operands (of `map` first what is walked over, of `scan` the carry and that)
/// and the tensors that bodies take from outside.
struct Step {
  static constexpr const char* kCond = "roundtrip::cond";
  static constexpr const char* kWhileLoop = "roundtrip::while_loop";
  static constexpr const char* kMap = "roundtrip::map";
  static constexpr const char* kScan = "roundtrip::scan";

  std::string op;
  std::string overload;
  std::vector<Argument> arguments;
  std::size_t results = 1;  ///< tensors, lists flattened
  std::vector<Body> bodies{};

  const std::vector<Ref>& operands() const { return std::get<std::vector<Ref>>(arguments[1]); }
  const std::vector<Ref>& captured() const { return std::get<std::vector<Ref>>(arguments[2]); }
};

/// A size that varies from run to run, and what is said of it.
struct Symbol {
  std::int64_t example = 2;
  std::optional<std::int64_t> min{};
  std::optional<std::int64_t> max{};
};

/// `factor` times one of the model's symbols plus `add`, or a plain size, `add`.
struct Extent {
  std::optional<std::size_t> symbol{};
  std::int64_t factor = 1;
  std::int64_t add = 0;
};

struct TensorSpec {
  std::vector<Extent> extents;
  at::ScalarType dtype = at::kFloat;
  bool parameter = false;  ///< if it is none of the inputs
};

using Sizes = std::vector<std::int64_t>;

struct Recipe {
  std::vector<Symbol> symbols;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> state;  ///< parameters and buffers
  std::vector<Step> steps;
  std::vector<Ref> outputs;
  std::vector<Size> number_outputs;  ///< after the tensors

  Sizes example_sizes() const;
};

/// The size that an extent has when the symbols have these.
std::int64_t size_at(const Extent& extent, const Sizes& sizes);

/// Tensors of each spec, with data that is drawn from the seed. Parameters require gradients.
std::vector<at::Tensor> make_tensors(const std::vector<TensorSpec>& specs, const Sizes& sizes,
                                     std::uint64_t seed);

/// The recipe as C++ code.
std::string to_cpp(const Recipe& recipe);

}  // namespace roundtrip::fuzz
