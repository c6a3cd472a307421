#include "export/program/fx/annotations.h"

#include "export/program/fx/literals.h"

namespace roundtrip {

namespace {

std::string tensor_annotation(const TensorMeta& meta, SymbolText& symbols) {
  std::string shape;
  for (const auto& size : meta.sizes) {
    if (!shape.empty()) shape += ", ";
    shape += symbols.text_of(size);
  }
  for (const auto& stride : meta.strides) symbols.text_of(stride);  // they mention symbols too
  if (meta.layout == c10::Layout::SparseCsr || meta.layout == c10::Layout::SparseCsc) return {};
  return dtype_abbreviation(meta.dtype) + "[" + shape + "]";
}

}  // namespace

std::string fx_annotation(const Graph& graph, const std::string& name, SymbolText& symbols) {
  if (auto* meta = graph.tensor_values.find(name)) return tensor_annotation(*meta, symbols);
  auto symbolic = [&](const auto* value, bool numbers_are_plain) -> std::string {
    auto* expr = value ? std::get_if<SymExpr>(value) : nullptr;
    if (!expr) return {};
    const auto& text = symbols.text_of(*expr);
    bool is_number = expr->expr_str.starts_with("Integer(") || expr->expr_str.starts_with("Float(");
    return is_number && numbers_are_plain ? std::string() : "Sym(" + text + ")";
  };
  if (auto* value = graph.sym_int_values.find(name)) return symbolic(value, true);
  if (auto* value = graph.sym_float_values.find(name)) return symbolic(value, true);
  return symbolic(graph.sym_bool_values.find(name), false);
}

}  // namespace roundtrip
