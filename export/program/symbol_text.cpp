#include "export/program/symbol_text.h"

namespace roundtrip {

namespace {

/// Numbers and what logic connects: Python does not look into these for symbols.
bool is_opaque(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
    case ExprKind::floating:
    case ExprKind::boolean:
    case ExprKind::logical_and:
    case ExprKind::logical_or:
    case ExprKind::logical_not:
      return true;
    default:
      return false;
  }
}

}  // namespace

const std::string& SymbolText::text_of(const SymExpr& expr) {
  auto [entry, is_new] = texts_.try_emplace(expr.expr_str);
  if (is_new) {
    auto tree = parse_srepr(expr.expr_str);
    entry->second = to_string(tree);
    add_parts(tree);
  }
  return entry->second;
}

std::string SymbolText::text_of(const SymInt& size) {
  if (auto* number = std::get_if<std::int64_t>(&size)) return std::to_string(*number);
  return text_of(std::get<SymExpr>(size));
}

void SymbolText::add_parts(const Expr& expr) {
  if (is_opaque(expr)) return;
  parts_.insert(to_string(expr));
  for (const auto& child : expr.children) add_parts(child);
}

}  // namespace roundtrip
