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

struct AnnotationOf {
  SymbolText& symbols;

  std::string operator()(const TensorMeta& meta) const { return tensor_annotation(meta, symbols); }
  std::string operator()(const SymBool& value) const { return symbolic(value, false); }
  std::string operator()(const SymInt& value) const { return symbolic(value, true); }
  std::string operator()(const SymFloat& value) const { return symbolic(value, true); }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  template <typename Number>
  std::string symbolic(const Number& value, bool numbers_are_plain) const {
    const auto* expr = std::get_if<SymExpr>(&value);
    if (!expr) return {};
    const auto& text = symbols.text_of(*expr);
    bool is_number = expr->expr_str.starts_with("Integer(") || expr->expr_str.starts_with("Float(");
    return is_number && numbers_are_plain ? std::string() : "Sym(" + text + ")";
  }
};

}  // namespace

std::string fx_annotation(const Type& type, SymbolText& symbols) {
  return std::visit(AnnotationOf{symbols}, type);
}

}  // namespace roundtrip
