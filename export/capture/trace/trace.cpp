#include "export/capture/trace/trace.h"

#include "export/capture/trace/arguments.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

bool result_bears_name(const schema::Node& node) {
  if (node.outputs.size() != 1) return false;
  schema::Argument result = node.outputs[0];
  bool same = false;
  visit_value_names(result, [&](std::string& name) { same = name == node.name; });
  return same && result.get<std::vector<schema::TensorArgument>>() == nullptr;
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

schema::Argument argument_of(SymbolType type, const std::string& name) {
  switch (type) {
    case SymbolType::integer:
      return {schema::SymIntArgument{name}};
    case SymbolType::real:
      return {schema::SymFloatArgument{name}};
    default:
      return {schema::SymBoolArgument{name}};
  }
}

schema::Argument value_argument(const Trace& trace, const std::string& name) {
  const auto number = trace.numbers.find(name);
  if (number == trace.numbers.end()) return {schema::TensorArgument{name}};
  return argument_of(number->second.type, name);
}

SymExpr file_expr(const Symbols& symbols, const Expr& expr) {
  SymExpr result{to_srepr(expr), std::nullopt};
  if (!symbols.env.has_unbacked(expr)) {
    std::visit([&](auto value) { result.hint = value; }, symbols.env.value_in_this_run(expr));
  }
  return result;
}

void add_number(schema::Graph& graph, const std::string& name, const Symbols& symbols,
                const SymbolicValue& number) {
  const Expr& expr = number.expr;
  const auto add = [&](auto& values, ExprKind plain, auto type) {
    if (expr.kind == plain) {
      values.insert(name, std::get<decltype(type)>(expr.value));
    } else {
      values.insert(name, file_expr(symbols, expr));
    }
  };
  switch (number.type) {
    case SymbolType::integer:
      return add(graph.sym_int_values, ExprKind::integer, std::int64_t{});
    case SymbolType::real:
      return add(graph.sym_float_values, ExprKind::floating, double{});
    case SymbolType::boolean:
      return add(graph.sym_bool_values, ExprKind::boolean, bool{});
  }
}

}  // namespace roundtrip
