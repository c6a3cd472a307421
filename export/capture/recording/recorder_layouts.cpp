#include <algorithm>
#include <limits>

#include "export/capture/recording/data_sizes.h"
#include "export/capture/recording/data_slices.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/dispatch/tensor_values.h"
#include "export/shapes/rules/arithmetic.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/layouts.h"

/// The part of the recorder that is about the layouts of tensors: their symbolic sizes.

namespace roundtrip {
namespace {

using c10::IValue;

bool is_symbolic(const IValue& value) {
  if (value.isSymInt() || value.isSymFloat() || value.isSymBool() || value.isSymIntList()) {
    return true;
  }
  if (value.isTensor()) return symbolic_layout(value.toTensor()) != nullptr;
  if (!is_list_of_tensors(value)) return false;
  const auto items = value.toListRef();
  return std::any_of(items.begin(), items.end(), is_symbolic);
}

std::vector<at::Tensor> flat_tensors(const torch::jit::Stack& results) {
  std::vector<at::Tensor> tensors;
  for (const IValue& result : results) {
    if (result.isTensor()) tensors.push_back(result.toTensor());
    if (!result.isTensorList()) continue;
    for (const at::Tensor& tensor : result.toTensorVector()) tensors.push_back(tensor);
  }
  return tensors;
}

bool uses(const Expr& expr, const Expr& symbol) {
  if (same(expr, symbol)) return true;
  return std::any_of(expr.children.begin(), expr.children.end(),
                     [&](const Expr& child) { return uses(child, symbol); });
}

}  // namespace

void Recorder::stand_for(TracedTensor& tensor, const std::string& value) {
  tensor.set_value(value);
  const auto layout = tensor.layout();
  set_layout(tensor, layout.get());
}

at::Tensor Recorder::traced(const at::Tensor& twin, const std::string& value,
                            const SymbolicLayout* layout) {
  at::Tensor tensor = make_traced(twin, value, graph_);
  if (layer_ == nullptr && twin.requires_grad()) functions_.require_gradient(tensor, trace_);
  set_layout(*as_traced(tensor), layout);
  made_.emplace_back(tensor.getIntrusivePtr());
  return tensor;
}

/// Gives each symbolic number of the layout its place in the graph: a dimension of
/// this tensor.
void Recorder::set_layout(TracedTensor& tensor, const SymbolicLayout* layout) {
  if (layout == nullptr) {
    if (tensor.layout()) tensor.set_layout(nullptr, nullptr);
    return;
  }
  TensorExprs exprs;
  auto own = std::make_shared<SymbolicLayout>();
  bool symbolic = false;
  const auto place = [&](const c10::SymInt& number, const char* query, std::size_t dimension,
                         Expr& expr) {
    expr = trace_.symbols->env.simplify(expr_of(number));
    symbolic |= expr.kind != ExprKind::integer;
    return make_sym_int(trace_.symbols, expr,
                        {graph_, "", tensor.value(), query, static_cast<std::int64_t>(dimension)});
  };
  for (std::size_t i = 0; i < layout->sizes.size(); ++i) {
    own->sizes.push_back(place(layout->sizes[i], "sym_size.int", i, exprs.sizes.emplace_back()));
    own->strides.push_back(
        place(layout->strides[i], "sym_stride.int", i, exprs.strides.emplace_back()));
  }
  own->storage_offset =
      place(layout->storage_offset, "sym_storage_offset.default", 0, exprs.storage_offset);
  tensor.set_layout(symbolic ? own : nullptr, trace_.symbols);
  if (symbolic) trace_.layouts[tensor.value()] = std::move(exprs);
}

/// The same, of at most a number that may be one of sizes itself.
c10::SymInt Recorder::new_size_up_to(std::int64_t value, const c10::SymInt& most) {
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  if (most.maybe_as_int() == kLargest) return new_size(value, std::nullopt);
  const auto max = trace_.symbols->env.range_of(expr_of(most)).second;
  return new_size(value, max ? *max : kLargest - 1);
}

/// One for each tensor of the results, or none if all sizes are plain.
std::vector<SymbolicLayout> Recorder::find_layouts(const OperatorCall& call,
                                                   const torch::jit::Stack& results) {
  if (auto declared = std::exchange(declared_, std::nullopt)) return std::move(*declared);
  if (trace_.symbols->rehearsing) return {};
  const std::vector<at::Tensor> tensors = flat_tensors(results);
  if (tensors.empty()) return {};
  const auto& [op, facts, arguments, is_of_libtorch, has_data_sizes] = call;
  const NewSize new_symbol = [this](std::int64_t value, const c10::SymInt& most) {
    return new_size_up_to(value, most);
  };
  if (has_data_sizes) {
    return data_sized_layouts(facts.data_layout, arguments, tensors, new_symbol);
  }
  if (std::none_of(arguments.begin(), arguments.end(), is_symbolic)) return {};
  if (facts.special == SpecialOperator::slice && is_slice_by_data(arguments)) {
    return {layout_of_slice_by_data(arguments, tensors[0], new_symbol)};
  }
  auto inferred = infer_shapes(op, arguments, tensors, value_in_this_run);
  if (!inferred) {
    throw UnsupportedError(
        c10::str("the sizes of the result of ", op.schema().operator_name(),
                 " as a function of dynamic sizes are not known: there is no rule for it. Make the "
                 "dimensions it is called with static"));
  }
  // Python asks this of every result for its metadata, which guards its sizes.
  for (const SymbolicLayout& layout : inferred->results) {
    shapes::is_contiguous_or_false(layout.sizes, layout.strides);
  }
  return std::move(inferred->results);
}

/// Where the symbols that the call made stand in its results.
void Recorder::bind_new_symbols(TracedNode& node) {
  for (const Expr& symbol : new_symbols_) {
    bool bound = false;
    for (schema::Argument& output : node.node.outputs) {
      visit_value_names(output, [&](std::string& name) {
        const auto number = trace_.numbers.find(name);
        if (!bound && number != trace_.numbers.end() && factor_of(number->second.expr, symbol)) {
          node.bindings.push_back({symbol, name, std::nullopt});
          bound = true;
        }
        const auto layout = trace_.layouts.find(name);
        if (bound || layout == trace_.layouts.end()) return;
        const auto& sizes = layout->second.sizes;
        for (std::size_t i = 0; i < sizes.size() && !bound; ++i) {
          if (!uses(sizes[i], symbol)) continue;
          node.bindings.push_back({symbol, name, static_cast<std::int64_t>(i)});
          bound = true;
        }
        if (!bound && uses(layout->second.storage_offset, symbol)) {
          node.bindings.push_back({symbol, name, SymbolBinding::kStorageOffset});
          bound = true;
        }
      });
    }
  }
  new_symbols_.clear();
}

}  // namespace roundtrip
