#include "export/symbolic/env/data_dependent.h"

#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"

namespace roundtrip {

namespace {

/// With the inputs' sizes of this run put in.
Expr with_hints(const Knowledge& knowledge, const Expr& expr) {
  std::unordered_map<std::string, Expr> hints;
  for (const auto& name : free_symbols(expr)) {
    auto* facts = knowledge.find(name);
    if (!facts || facts->from_data) continue;
    auto* whole = std::get_if<std::int64_t>(&facts->value);
    hints.emplace(name, whole ? integer(*whole) : floating(std::get<double>(facts->value)));
  }
  return substitute(expr, hints);
}

std::string size_like_symbols(const Knowledge& knowledge, const Expr& expr) {
  std::string text;
  for (const auto& name : free_symbols(expr)) {
    auto* facts = knowledge.find(name);
    if (facts && facts->is_size) text += (text.empty() ? "" : ", ") + name;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

DataDependentError data_dependent_error(const Knowledge& knowledge, const Expr& expr) {
  auto hinted = with_hints(knowledge, expr);
  bool is_number = is_integer_valued(expr);
  std::string text = is_number
                         ? "Could not extract specialized integer from data-dependent expression"
                         : "Could not guard on data-dependent expression";
  text += " " + to_string(hinted) + " (unhinted: " + to_string(expr) +
          ").  (Size-like symbols: " + size_like_symbols(knowledge, hinted) + ")\n\n";
  return DataDependentError(text);
}

}  // namespace roundtrip
