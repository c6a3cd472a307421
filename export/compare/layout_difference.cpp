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

std::string class_of(const Type& type) {
  const auto* object = std::get_if<CustomObjType>(&type);
  return object != nullptr ? object->class_fqn : "none";
}

/// What a value is that is no tensor.
struct NumberText {
  bool with_hints;

  template <typename T>
  std::string operator()(const T& type) const {
    if constexpr (requires { std::get<SymExpr>(type); }) {
      return text_of(type, with_hints);
    } else {
      return "not described";
    }
  }
};

bool is_same_number(const Type& before, const Type& after, Renaming& symbols, bool with_hints) {
  const auto is_same_as = [&](const auto& old) {
    using T = std::decay_t<decltype(old)>;
    if constexpr (requires { std::get<SymExpr>(old); }) {
      const auto* now = std::get_if<T>(&after);
      return now != nullptr && is_same(old, *now, symbols, with_hints);
    } else {
      return false;
    }
  };
  return std::visit(is_same_as, before);
}

bool is_number(const Type& type) {
  return std::holds_alternative<SymInt>(type) || std::holds_alternative<SymFloat>(type) ||
         std::holds_alternative<SymBool>(type);
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

Details layout_difference(const Type& before, const Type& after, Renaming& symbols,
                          bool with_hints) {
  Details details;
  const auto* old = std::get_if<TensorMeta>(&before);
  const auto* now = std::get_if<TensorMeta>(&after);
  if (old != nullptr && now != nullptr) return layout_difference(*old, *now, symbols, with_hints);
  if (old != nullptr || now != nullptr) {
    return {{"kind", old ? "a tensor" : "no tensor", now ? "a tensor" : "no tensor"}};
  }
  if (is_number(before) || is_number(after)) {
    if (is_same_number(before, after, symbols, with_hints)) return details;
    const NumberText text{with_hints};
    return {{"value", std::visit(text, before), std::visit(text, after)}};
  }
  add_difference("class", class_of(before), class_of(after), details);
  return details;
}

}  // namespace roundtrip::compare
