#include "export/compare/layout_difference.h"

#include <c10/util/StringUtil.h>

#include "export/program/python/text.h"
#include "export/program/storage_types.h"
#include "export/program/symbol_text.h"

namespace roundtrip::compare {

namespace {

using Details = std::vector<Change::Detail>;

std::string hint_text(const SymExpr& expr) {
  if (!expr.hint) return "";
  return std::visit([](auto value) { return python_repr(value); }, *expr.hint);
}

/// Whether two numbers of a table, plain or symbolic, are the same.
template <typename Number>
bool is_same(const std::variant<Number, SymExpr>& before,
             const std::variant<Number, SymExpr>& after, Renaming& symbols, bool with_hints) {
  const auto* old = std::get_if<SymExpr>(&before);
  const auto* now = std::get_if<SymExpr>(&after);
  if (old == nullptr || now == nullptr) {
    return old == now && std::get<Number>(before) == std::get<Number>(after);
  }
  if (with_hints && hint_text(*old) != hint_text(*now)) return false;
  return same_expression(old->expr_str, now->expr_str, symbols);
}

template <typename Number>
std::string text_of(const std::variant<Number, SymExpr>& value, bool with_hints) {
  const auto* expr = std::get_if<SymExpr>(&value);
  if (expr == nullptr) return python_repr(std::get<Number>(value));
  SymbolText symbols;
  const std::string hint = with_hints ? hint_text(*expr) : "";
  return symbols.text_of(*expr) + (hint.empty() ? "" : " (hint " + hint + ")");
}

std::string text_of(const std::vector<SymInt>& values, bool with_hints) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(text_of(value, with_hints));
  return "[" + c10::Join(", ", texts) + "]";
}

void compare(const std::string& what, const std::vector<SymInt>& before,
             const std::vector<SymInt>& after, Renaming& symbols, bool with_hints,
             Details& details) {
  bool is_equal = before.size() == after.size();
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    is_equal &= is_same(before[i], after[i], symbols, with_hints);
  }
  if (!is_equal) {
    details.push_back({what, text_of(before, with_hints), text_of(after, with_hints)});
  }
}

/// False where neither graph has the value in this table.
template <typename Table>
bool compare_numbers(const Table& before, const std::string& old_name, const Table& after,
                     const std::string& new_name, Renaming& symbols, bool with_hints,
                     Details& details) {
  const auto* old = before.find(old_name);
  const auto* now = after.find(new_name);
  if (old == nullptr && now == nullptr) return false;
  const auto text = [&](const auto* value) {
    return value == nullptr ? std::string("not described") : text_of(*value, with_hints);
  };
  const bool is_equal =
      old != nullptr && now != nullptr && is_same(*old, *now, symbols, with_hints);
  if (!is_equal) details.push_back({"value", text(old), text(now)});
  return true;
}

}  // namespace

void add_difference(const std::string& what, const std::string& before, const std::string& after,
                    std::vector<Change::Detail>& details) {
  if (before != after) details.push_back({what, before, after});
}

Details layout_difference(const TensorMeta& before, const TensorMeta& after, Renaming& symbols,
                          bool with_hints) {
  Details details;
  add_difference("type", dtype_name(before.dtype), dtype_name(after.dtype), details);
  compare("shape", before.sizes, after.sizes, symbols, with_hints, details);
  compare("strides", before.strides, after.strides, symbols, with_hints, details);
  compare("offset", {before.storage_offset}, {after.storage_offset}, symbols, with_hints, details);
  add_difference("device", before.device.str(), after.device.str(), details);
  add_difference("requires_grad", python_repr(before.requires_grad),
                 python_repr(after.requires_grad), details);
  add_difference("memory layout", c10::str(before.layout), c10::str(after.layout), details);
  return details;
}

Details layout_difference(const GraphValue& before, const GraphValue& after, Renaming& symbols,
                          bool with_hints) {
  Details details;
  const auto* old = before.graph.tensor_values.find(before.name);
  const auto* now = after.graph.tensor_values.find(after.name);
  if (old != nullptr && now != nullptr) return layout_difference(*old, *now, symbols, with_hints);
  if (old != nullptr || now != nullptr) {
    return {{"kind", old ? "a tensor" : "no tensor", now ? "a tensor" : "no tensor"}};
  }
  const auto compare_in = [&](auto Graph::*table) {
    return compare_numbers(before.graph.*table, before.name, after.graph.*table, after.name,
                           symbols, with_hints, details);
  };
  const bool is_number = compare_in(&Graph::sym_int_values) | compare_in(&Graph::sym_float_values) |
                         compare_in(&Graph::sym_bool_values);
  if (is_number) return details;
  const auto* old_object = before.graph.custom_obj_values.find(before.name);
  const auto* new_object = after.graph.custom_obj_values.find(after.name);
  add_difference("class", old_object ? old_object->class_fqn : "none",
                 new_object ? new_object->class_fqn : "none", details);
  return details;
}

}  // namespace roundtrip::compare
