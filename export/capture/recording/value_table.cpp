#include "export/capture/recording/value_table.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include "export/capture/sandbox/empty_memory.h"
#include "export/fake/fake_mode.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

ValueTable::ValueTable(GraphBuilder& graph, Surroundings& surroundings, bool follows_functions)
    : graph_(graph), surroundings_(surroundings), follows_functions_(follows_functions) {
}

// ---- plain tensors --------------------------------------------------------

bool ValueTable::knows(const at::Tensor& tensor) const {
  return plain_.contains(tensor.unsafeGetTensorImpl()) || is_held_empty(tensor);
}

void ValueTable::set_value(const at::Tensor& plain, GraphValue& value) {
  plain_[plain.unsafeGetTensorImpl()] = &value;
}

GraphValue& ValueTable::value_of(const at::Tensor& tensor) {
  if (const TracedTensor* traced = as_traced(tensor)) {
    if (follows_functions_) functions_.visit(tensor, graph_.trace());
    return *traced->value();
  }
  refuse_traced_memory(tensor);
  const auto known = plain_.find(tensor.unsafeGetTensorImpl());
  if (known != plain_.end()) return *known->second;
  GraphValue& value = take_plain(tensor);
  kept_.push_back(tensor);
  set_value(tensor, value);
  return value;
}

GraphValue& ValueTable::take_plain(const at::Tensor& tensor) {
  const auto empty = find_empty(tensor);
  if (empty == empties_.end()) return surroundings_.add_constant(tensor);
  Empty used = std::move(empty->second);
  empties_.erase(empty);
  GraphValue& value = define_empty(std::move(used));
  if (memory_lock_ != nullptr) memory_lock_->add(tensor);
  return value;
}

void ValueTable::lock_memory(PointerLock* lock) {
  memory_lock_ = lock;
  for (const Placeholder& placeholder : graph_.trace().placeholders) lock->add(placeholder.tensor);
}

// ---- memory of aten::empty ------------------------------------------------

ValueTable::Empties::iterator ValueTable::find_empty(const at::Tensor& tensor) {
  return tensor.has_storage() ? empties_.find(tensor.storage().unsafeGetStorageImpl())
                              : empties_.end();
}

bool ValueTable::is_held_empty(const at::Tensor& tensor) const {
  return tensor.has_storage() && empties_.contains(tensor.storage().unsafeGetStorageImpl());
}

/// Leaves the memory visible to C++ code, and learns whether that asks for it to write to.
void ValueTable::hold_empty(const at::Tensor& tensor, NodeFields call) {
  watch_writes(tensor);
  made_.emplace_back(tensor.getIntrusivePtr());
  empties_.emplace(tensor.storage().unsafeGetStorageImpl(),
                   Empty{tensor, std::move(call), c10::GradMode::is_enabled()});
}

/// A constant that forward made itself may be written to, so each run of the
/// program works on a fresh copy, as Python's `torch.tensor` does in a program.
GraphValue& ValueTable::define_empty(Empty empty) {
  if (!may_be_written(empty.tensor)) {
    GraphValue& value = graph_.define(empty.tensor, "empty");
    empty.call.name = value.name();
    empty.call.outputs = {Argument(value)};
    graph_.append(std::move(empty.call), /*writes=*/false, empty.grad_mode);
    return value;
  }
  const WithData with_data;
  GraphValue& constant = surroundings_.add_constant(empty.tensor.clone());
  graph_.trace().placeholders.back().undeclared.reset();  // forward makes it anew in each run
  NodeFields copy;
  copy.target = "torch.ops.aten.lift_fresh_copy.default";
  copy.inputs = {{"self", Argument(constant), ArgumentKind::positional}};
  GraphValue& value = graph_.define(empty.tensor, "lift_fresh_copy");
  graph_.append(std::move(copy), value);
  return value;
}

// ---- traced tensors -------------------------------------------------------

at::Tensor ValueTable::traced(const at::Tensor& concrete, GraphValue& value,
                              const SymbolicLayout* layout) {
  at::Tensor tensor = make_traced(concrete, value, graph_.id());
  if (follows_functions_ && concrete.requires_grad()) {
    functions_.require_gradient(tensor, graph_.trace());
  }
  set_layout(*as_traced(tensor), layout);
  made_.emplace_back(tensor.getIntrusivePtr());
  return tensor;
}

at::Tensor ValueTable::define_traced(const at::Tensor& concrete, const std::string& candidate,
                                     const SymbolicLayout* layout) {
  return traced(concrete, graph_.define(concrete, candidate), layout);
}

void ValueTable::stand_for(TracedTensor& tensor, GraphValue& value) {
  tensor.set_value(value);
  const auto layout = tensor.layout();
  set_layout(tensor, layout.get());
}

GraphValue& ValueTable::define_written(const at::Tensor& tensor, const std::string& candidate,
                                       const SymbolicLayout* layout) {
  TracedTensor* traced = as_traced(tensor);
  if (traced != nullptr) traced->refresh();
  const at::Tensor concrete = concrete_of(tensor);
  const GraphValue* old =
      traced != nullptr ? traced->value() : plain_.at(tensor.unsafeGetTensorImpl());
  GraphValue& value = graph_.define(concrete, candidate);
  if (outside_.contains(old)) mark_outside(value);
  if (traced == nullptr) {
    set_value(tensor, value);
    return value;
  }
  traced->set_value(value);
  if (follows_functions_ && concrete.requires_grad() && !tensor.requires_grad()) {
    functions_.require_gradient(tensor, graph_.trace());
  }
  set_layout(*traced, layout);
  return value;
}

/// Gives each symbolic number of the layout its place in the graph: a dimension of
/// this tensor.
void ValueTable::set_layout(TracedTensor& tensor, const SymbolicLayout* layout) {
  if (layout == nullptr) {
    if (tensor.layout()) tensor.set_layout(nullptr, nullptr);
    return;
  }
  Trace& trace = graph_.trace();
  TensorExprs exprs;
  auto own = std::make_shared<SymbolicLayout>();
  bool symbolic = false;
  const auto place = [&](const c10::SymInt& number, const char* query, std::size_t dimension,
                         Expr& expr) {
    expr = trace.symbols->env.simplify(expr_of(number));
    symbolic |= expr.kind != ExprKind::integer;
    return make_sym_int(
        trace.symbols, expr,
        {graph_.id(), nullptr, tensor.value(), query, static_cast<std::int64_t>(dimension)});
  };
  for (std::size_t i = 0; i < layout->sizes.size(); ++i) {
    own->sizes.push_back(place(layout->sizes[i], "sym_size.int", i, exprs.sizes.emplace_back()));
    own->strides.push_back(
        place(layout->strides[i], "sym_stride.int", i, exprs.strides.emplace_back()));
  }
  own->storage_offset =
      place(layout->storage_offset, "sym_storage_offset.default", 0, exprs.storage_offset);
  tensor.set_layout(symbolic ? own : nullptr, trace.symbols);
  if (symbolic) trace.layouts[tensor.value()] = std::move(exprs);
}

std::vector<ValueTable::Kept> ValueTable::take_kept() {
  kept_.clear();
  empties_.clear();
  std::vector<Kept> kept;
  for (const WeakTensor& made : made_) {
    const at::Tensor tensor(made.lock());
    if (!tensor.defined()) continue;
    const TracedTensor* traced = as_traced(tensor);
    const auto plain = plain_.find(tensor.unsafeGetTensorImpl());
    const GraphValue* value = traced != nullptr       ? traced->value()
                              : plain != plain_.end() ? plain->second
                                                      : nullptr;
    kept.push_back({tensor, value});
  }
  return kept;
}

}  // namespace roundtrip
