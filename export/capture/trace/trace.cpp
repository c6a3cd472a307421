#include "export/capture/trace/trace.h"

#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

const SymbolicValue* Trace::number(const GraphValue& value) const {
  const auto found = numbers.find(&value);
  return found == numbers.end() ? nullptr : &found->second;
}

Trace copy_of_graph(const Trace& trace) {
  Trace copy;
  copy.graph = trace.graph;
  const auto same_value = [&](const GraphValue* value) { return copy.graph.find(value->name()); };
  for (const GraphValue* value : trace.graph.values()) {
    const GraphValue* own = same_value(value);
    const auto layout = trace.layouts.find(value);
    if (layout != trace.layouts.end()) copy.layouts.emplace(own, layout->second);
    if (const SymbolicValue* number = trace.number(*value)) copy.numbers.emplace(own, *number);
  }
  auto old = trace.graph.nodes().begin();
  for (const Node& node : copy.graph.nodes()) {
    NodeRecord& record = copy.records[&node] = trace.record(*old++);
    for (SymbolBinding& binding : record.bindings) binding.result = same_value(binding.result);
  }
  copy.grad_mode = trace.grad_mode;
  copy.in_branch = trace.in_branch;
  copy.symbols = trace.symbols;
  copy.names = trace.names;
  return copy;
}

void erase_dead(Trace& trace, const std::function<bool(const Node&)>& may_go) {
  trace.graph.erase_dead([&](const Node& node) {
    if (!may_go(node)) return false;
    if (const Node* next = node.next()) {
      const std::vector<ModeChange>& before = trace.record(node).before;
      std::vector<ModeChange>& changes = trace.record(*next).before;
      changes.insert(changes.begin(), before.begin(), before.end());
    }
    trace.records.erase(&node);
    return true;
  });
}

TensorMeta tensor_meta(const at::Tensor& tensor, bool requires_grad) {
  TensorMeta meta;
  meta.dtype = tensor.scalar_type();
  meta.sizes.assign(tensor.sizes().begin(), tensor.sizes().end());
  meta.requires_grad = requires_grad;
  meta.device = tensor.device();
  meta.strides.assign(tensor.strides().begin(), tensor.strides().end());
  meta.storage_offset = tensor.storage_offset();
  meta.layout = tensor.layout();
  return meta;
}

SymExpr file_expr(const Symbols& symbols, const Expr& expr) {
  SymExpr result{to_srepr(expr), std::nullopt};
  if (!symbols.env.has_unbacked(expr)) {
    std::visit([&](auto value) { result.hint = value; }, symbols.env.value_in_this_run(expr));
  }
  return result;
}

Type number_type(const Symbols& symbols, const SymbolicValue& number) {
  const Expr& expr = number.expr;
  const auto type = [&](ExprKind literal, auto plain, auto kind) -> Type {
    using Number = decltype(kind);
    if (expr.kind == literal) return Number(std::get<decltype(plain)>(expr.value));
    return Number(file_expr(symbols, expr));
  };
  switch (number.type) {
    case SymbolType::integer:
      return type(ExprKind::integer, std::int64_t{}, SymInt());
    case SymbolType::real:
      return type(ExprKind::floating, double{}, SymFloat());
    default:
      return type(ExprKind::boolean, bool{}, SymBool());
  }
}

}  // namespace roundtrip
