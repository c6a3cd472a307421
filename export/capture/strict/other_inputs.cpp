#include "export/capture/strict/other_inputs.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "export/capture/inputs/example_copies.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/symbols.h"

namespace roundtrip {
namespace {

/// The symbols that sizes of inputs are made of. One from which a dimension is derived may be the
/// size of none.
std::vector<Expr> input_symbols(const Trace& trace) {
  std::vector<Expr> symbols;
  std::unordered_set<std::string> known;
  for (const Expr& size : trace.symbols->all) {
    if (trace.symbols->env.has_unbacked(size)) continue;
    for (std::string& name : free_symbols(trace.symbols->env.simplify(size))) {
      const Expr found = symbol(name);
      if (trace.symbols->env.has_unbacked(found) || !known.insert(std::move(name)).second) continue;
      symbols.push_back(found);
    }
  }
  return symbols;
}

/// Whether a condition holds at other sizes, for the data of this run. One with symbols
/// that are neither says nothing.
bool holds(const Trace& trace, const Expr& condition, Bindings values) {
  ShapeEnv& env = trace.symbols->env;
  for (const std::string& name : free_symbols(condition)) {
    if (values.count(name) > 0) continue;
    const auto& all = trace.symbols->all;
    const auto symbol =
        std::find_if(all.begin(), all.end(), [&](const Expr& one) { return one.name == name; });
    if (symbol == all.end()) return true;
    const Expr known = env.simplify(*symbol);
    values[name] = env.has_unbacked(*symbol) || env.has_unbacked(known)
                       ? env.value_in_this_run(*symbol)
                       : evaluate(known, values);
  }
  return to_int(evaluate(condition, values)) != 0;
}

bool meets_all(const Trace& trace, const std::vector<Expr>& symbols, const Bindings& values) {
  ShapeEnv& env = trace.symbols->env;
  for (const Expr& symbol : symbols) {
    const auto [low, high] = env.range_of(symbol);
    const std::int64_t value = to_int(values.at(symbol.name));
    if ((low && value < *low) || (high && value > *high)) return false;
  }
  const std::vector<Expr> guards = env.guards();
  const std::vector<DeferredAssert>& asserts = env.deferred_asserts();
  return std::all_of(guards.begin(), guards.end(),
                     [&](const Expr& guard) { return holds(trace, guard, values); }) &&
         std::all_of(asserts.begin(), asserts.end(), [&](const DeferredAssert& deferred) {
           return holds(trace, deferred.condition, values);
         });
}

bool is_float8(const at::Tensor& values) {
  return values.is_floating_point() && values.itemsize() == 1;
}

/// LibTorch lacks `index_select` of some types: they are selected as others of their size.
at::Tensor select(const at::Tensor& values, std::int64_t dimension, const at::Tensor& index) {
  static const std::unordered_map<at::ScalarType, at::ScalarType> kSigned = {
      {at::kUInt16, at::kShort}, {at::kUInt32, at::kInt}, {at::kUInt64, at::kLong}};
  const at::ScalarType dtype = values.scalar_type();
  const auto found = kSigned.find(dtype);
  if (found == kSigned.end() && !is_float8(values)) return values.index_select(dimension, index);
  const at::ScalarType like = is_float8(values) ? at::kByte : found->second;
  return values.view(like).index_select(dimension, index).view(dtype);
}

/// Makes a tensor of other sizes from one, by rows that are there.
at::Tensor resized(const at::Tensor& tensor, const std::vector<std::int64_t>& sizes) {
  at::NoGradGuard no_grad;
  at::Tensor result = tensor.detach();
  for (std::int64_t dimension = 0; dimension < tensor.dim(); ++dimension) {
    const std::int64_t size = sizes[static_cast<std::size_t>(dimension)];
    const std::int64_t old = tensor.size(dimension);
    if (size == old) continue;
    result = old > 0 ? select(result, dimension, at::arange(size).remainder(old))
                     : at::zeros(sizes, tensor.options());
  }
  return result;
}

/// Other example inputs of the same structure and types.
class OtherInputs {
 public:
  OtherInputs(const Trace& trace, const std::optional<Bindings>& sizes, bool other_data)
      : trace_(trace), sizes_(sizes), other_data_(other_data) {}

  Value of(const Value& inputs) {
    return map_leaves(inputs, [this](const Value& leaf) -> Value {
      const GraphValue* input = trace_.inputs[next_++].as_value();
      if (leaf.is_tensor()) return of(leaf.tensor(), *input);
      if (input == nullptr || !sizes_) return leaf;
      return at_other_sizes(trace_.number(*input)->expr);
    });
  }

 private:
  std::int64_t at_other_sizes(const Expr& expr) const {
    return to_int(evaluate(trace_.symbols->env.simplify(expr), *sizes_));
  }

  at::Tensor of(const at::Tensor& tensor, const GraphValue& value) {
    at::Tensor& other = done_[tensor.unsafeGetTensorImpl()];
    if (other.defined()) return other;
    other = copies_.copy(tensor);
    const auto layout = trace_.layouts.find(&value);
    if (sizes_ && layout != trace_.layouts.end()) {
      std::vector<std::int64_t> sizes;
      for (const Expr& size : layout->second.sizes) sizes.push_back(at_other_sizes(size));
      if (tensor.sizes() != sizes) {
        other = resized(other, sizes).clone().set_requires_grad(tensor.requires_grad());
      }
    }
    if (other_data_) change_data(other);
    return other;
  }

  /// Works on whole storages: views may overlap, and inputs may share memory.
  void change_data(const at::Tensor& tensor) {
    const c10::Storage& storage = tensor.storage();
    if (!changed_.insert(storage.unsafeGetStorageImpl()).second || !tensor.is_cpu()) return;
    const auto count = static_cast<std::int64_t>(storage.nbytes() / tensor.itemsize());
    at::NoGradGuard no_grad;
    const at::Tensor all = at::empty({0}, tensor.options()).set_(storage, 0, {count}, {1});
    const bool has_range = all.is_floating_point() && !is_float8(all);
    all.copy_(has_range ? other_floats(all) : shuffled(all));
  }

  /// Zeros, infinities and NaN often mean something (padding, a mask): they stay.
  at::Tensor other_floats(const at::Tensor& values) {
    const at::Tensor free = at::logical_and(at::isfinite(values), values.ne(0));
    const at::Tensor plain = values.masked_select(free).to(at::kDouble);
    if (plain.numel() == 0) return values;
    const at::Tensor low = plain.min();
    const at::Tensor other = at::rand(values.sizes(), generator_, at::kDouble);
    return at::where(free, (other * (plain.max() - low) + low).to(values.options()), values);
  }

  at::Tensor shuffled(const at::Tensor& values) {
    return select(values, 0, at::randperm(values.numel(), generator_, at::kLong));
  }

  const Trace& trace_;
  const std::optional<Bindings>& sizes_;
  const bool other_data_;
  std::size_t next_ = 0;
  ExampleCopies copies_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> done_;
  std::unordered_set<const c10::StorageImpl*> changed_;
  at::Generator generator_ = at::detail::createCPUGenerator(/*seed_val=*/20);
};

}  // namespace

std::vector<Bindings> other_sizes(const Trace& trace) {
  const std::vector<Expr> symbols = input_symbols(trace);
  std::vector<Bindings> choices;
  if (symbols.empty()) return choices;
  // Steps that differ from symbol to symbol come first: equal ones would hide that two
  // sizes were taken for one. Multiples follow, for sizes that must be divisible.
  struct Step {
    std::int64_t factor;
    std::int64_t add;
    std::int64_t more_each;
  };
  constexpr std::array kSteps{Step{1, 1, 1},  Step{1, 2, 1}, Step{1, 1, 0}, Step{2, 0, 0},
                              Step{3, 0, 0},  Step{1, 2, 0}, Step{1, 4, 0}, Step{1, 8, 0},
                              Step{1, -1, 0}, Step{1, -2, 0}};
  for (const auto& [factor, add, more_each] : kSteps) {
    Bindings values;
    std::int64_t more = add;
    for (const Expr& symbol : symbols) {
      values[symbol.name] = to_int(trace.symbols->env.value_in_this_run(symbol)) * factor + more;
      more += more_each;
    }
    if (meets_all(trace, symbols, values)) choices.push_back(std::move(values));
  }
  return choices;
}

ExportCall with_other_inputs(const ExportCall& call, const Trace& trace,
                             const std::optional<Bindings>& sizes, bool other_data) {
  OtherInputs inputs(trace, sizes, other_data);
  ExportCall other = call;
  for (Value& arg : other.args) arg = inputs.of(arg);
  for (auto& [name, arg] : other.kwargs) arg = inputs.of(arg);
  return other;
}

}  // namespace roundtrip
