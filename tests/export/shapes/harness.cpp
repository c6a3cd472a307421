#include "harness.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <sstream>

namespace roundtrip::testing {
namespace {

using torch::jit::Stack;

/// At fewer points nothing is tested.
constexpr int kFewestPoints = 2;

}  // namespace

c10::OperatorHandle find_operator(const std::string& name) {
  const auto dot = name.find('.');
  const bool overloaded = dot != std::string::npos;
  return c10::Dispatcher::singleton().findSchemaOrThrow(
      name.substr(0, dot).c_str(), overloaded ? name.substr(dot + 1).c_str() : "");
}

at::Tensor symbolic_tensor(const TensorSpec& spec) {
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(
      c10::DispatchKeySet(c10::DispatchKey::CPU), c10::scalarTypeToTypeMeta(spec.dtype), at::kCPU);
  Sizes strides(spec.sizes.size(), 1);
  for (std::size_t i = spec.sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * spec.sizes[i];
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(spec.sizes, strides, c10::SymInt(0));
  return tensor;
}

namespace {

std::vector<std::int64_t> at_point(const Sizes& sizes, const Values& point) {
  std::vector<std::int64_t> values;
  for (const c10::SymInt& size : sizes) values.push_back(evaluate(size, point));
  return values;
}

}  // namespace

at::Tensor real_tensor(const TensorSpec& spec, const Values& point) {
  const auto sizes = at_point(spec.sizes, point);
  const auto options = at::device(at::kCPU).dtype(spec.dtype);
  if (spec.dtype == at::kBool) return at::ones(sizes, options);
  if (!at::isFloatingType(spec.dtype) && !at::isComplexType(spec.dtype)) {
    return at::full(sizes, spec.value, options);
  }
  return at::rand(sizes, options);
}

namespace {

/// Makes of each argument what the operator takes: with symbols, or at a point.
class Maker {
 public:
  explicit Maker(const Values* point) : point_(point) {}

  Stack operator()(const c10::OperatorHandle& op, const Arguments& arguments) const {
    Stack stack;
    const auto& declared = op.schema().arguments();
    for (std::size_t i = 0; i < declared.size(); ++i) {
      if (i < arguments.size()) {
        stack.push_back(std::visit(*this, arguments[i]));
      } else {
        stack.push_back(declared[i].default_value().value_or(c10::IValue()));
      }
    }
    return stack;
  }

  c10::IValue operator()(const c10::IValue& value) const {
    if (point_ != nullptr && value.isSymInt()) return evaluate(value.toSymInt(), *point_);
    return value;
  }
  c10::IValue operator()(const TensorSpec& spec) const { return tensor(spec); }
  c10::IValue operator()(const TensorSpecs& specs) const {
    c10::List<at::Tensor> list;
    for (const TensorSpec& spec : specs) list.push_back(tensor(spec));
    return list;
  }
  c10::IValue operator()(const OptionalSpecs& specs) const {
    c10::List<std::optional<at::Tensor>> list;
    for (const auto& spec : specs) {
      list.push_back(spec ? std::optional(tensor(*spec)) : std::nullopt);
    }
    return list;
  }
  c10::IValue operator()(const Sizes& sizes) const {
    if (point_ == nullptr) return c10::IValue(c10::SymIntArrayRef(sizes));
    return at_point(sizes, *point_);
  }

 private:
  at::Tensor tensor(const TensorSpec& spec) const {
    return point_ == nullptr ? symbolic_tensor(spec) : real_tensor(spec, *point_);
  }

  const Values* point_;
};

std::vector<at::Tensor> tensors_of(const Stack& stack) {
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& value : stack) {
    if (value.isTensor()) tensors.push_back(value.toTensor());
    if (!value.isTensorList()) continue;
    for (const at::Tensor& tensor : value.toTensorVector()) tensors.push_back(tensor);
  }
  return tensors;
}

}  // namespace

Stack real_arguments(const c10::OperatorHandle& op, const Arguments& arguments,
                     const Values& point) {
  return Maker(&point)(op, arguments);
}

namespace {

std::vector<at::Tensor> real_results(const c10::OperatorHandle& op, const Arguments& arguments,
                                     const Values& point) {
  Stack stack = real_arguments(op, arguments, point);
  op.callBoxed(stack);
  return tensors_of(stack);
}

/// Nothing where the operator takes no such sizes.
std::optional<std::vector<at::Tensor>> results_at(const c10::OperatorHandle& op,
                                                  const Arguments& arguments, const Values& point) {
  try {
    return real_results(op, arguments, point);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string difference(const SymbolicLayout& layout, const at::Tensor& real, const Values& point) {
  if (!real.defined()) return {};
  const auto sizes = at_point(layout.sizes, point);
  const auto strides = at_point(layout.strides, point);
  const auto offset = evaluate(layout.storage_offset, point);
  if (real.sizes() == sizes && real.strides() == strides && real.storage_offset() == offset) {
    return {};
  }
  std::ostringstream text;
  text << at::IntArrayRef(sizes) << " by " << at::IntArrayRef(strides) << " + " << offset
       << " instead of " << real.sizes() << " by " << real.strides() << " + "
       << real.storage_offset();
  return text.str();
}

namespace {

/// A case whose tensors have symbols of their own for sizes of two and more; what else depended on
/// symbols is what it is in this run.
class Apart {
 public:
  explicit Apart(const Case& item) {
    for (const Argument& argument : item.arguments) {
      arguments.push_back(std::visit(*this, argument));
    }
  }

  Argument operator()(const c10::IValue& value) {
    return value.isSymInt() ? c10::IValue(value_in_this_run(value.toSymInt())) : value;
  }
  Argument operator()(const TensorSpec& spec) { return apart(spec); }
  Argument operator()(const TensorSpecs& specs) {
    TensorSpecs all;
    for (const TensorSpec& spec : specs) all.push_back(apart(spec));
    return all;
  }
  Argument operator()(const OptionalSpecs& specs) {
    OptionalSpecs all;
    for (const auto& spec : specs) all.push_back(spec ? std::optional(apart(*spec)) : std::nullopt);
    return all;
  }
  Argument operator()(const Sizes& sizes) {
    Sizes plain;
    for (const c10::SymInt& size : sizes) plain.emplace_back(value_in_this_run(size));
    return plain;
  }

  Arguments arguments;
  Values values;  ///< of the symbols, in this run
  std::vector<std::string> places;

 private:
  TensorSpec apart(TensorSpec spec) {
    for (std::size_t i = 0; i < spec.sizes.size(); ++i) {
      c10::SymInt& size = spec.sizes[i];
      const std::int64_t value = value_in_this_run(size);
      size = value < 2 ? c10::SymInt(value) : symbol(values.size());
      if (value < 2) continue;
      values.push_back(value);
      places.push_back(c10::str("size ", i, " of tensor ", tensors_));
    }
    ++tensors_;
    return spec;
  }

  int tensors_ = 0;
};

}  // namespace

std::vector<std::string> sizes_that_do_not_fit(const Case& item) {
  const auto op = find_operator(item.op);
  const Apart apart(item);
  const OtherRun run(apart.values);
  const auto results = real_results(op, apart.arguments, apart.values);
  clear_guards();
  const auto inferred =
      infer_shapes(op, Maker(nullptr)(op, apart.arguments), results, value_in_this_run);
  std::vector<std::string> wrong;
  for (std::size_t i = 0; inferred && i < apart.values.size(); ++i) {
    const std::int64_t size = apart.values[i];
    for (const std::int64_t other : {size + 1, size + 2, 2 * size, size - 1, size - 2, 3L, 2L}) {
      Values point = apart.values;
      point[i] = other;
      if (other < 2 || !guards_hold_at(point)) continue;
      try {
        real_results(op, apart.arguments, point);
      } catch (const std::exception& error) {
        const std::string text = error.what();
        wrong.push_back(c10::str(apart.places[i], " is ", other, ", not ", size, ": ",
                                 text.substr(0, text.find('\n'))));
        break;
      }
    }
  }
  return wrong;
}

Outcome run(const Case& item) {
  Outcome outcome;
  const auto op = find_operator(item.op);
  const auto results = real_results(op, item.arguments, kThisRun);
  const Stack arguments = Maker(nullptr)(op, item.arguments);
  clear_guards();
  const auto inferred = infer_shapes(op, arguments, results, value_in_this_run);
  if (!inferred) {
    outcome.problem = "no layout found";
    return outcome;
  }
  outcome.source = inferred->source;
  for (const Values& point : kOtherPoints) {
    if (!guards_hold_at(point)) continue;
    const auto real = results_at(op, item.arguments, point);
    if (!real) continue;
    ++outcome.points;
    for (std::size_t i = 0; i < real->size() && outcome.problem.empty(); ++i) {
      outcome.problem = difference(inferred->results.at(i), (*real)[i], point);
    }
  }
  if (outcome.points < kFewestPoints) outcome.problem = "it holds at no other sizes";
  outcome.exact = outcome.problem.empty();
  return outcome;
}

}  // namespace roundtrip::testing
