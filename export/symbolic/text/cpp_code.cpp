#include "export/symbolic/text/cpp_code.h"

#include <unordered_map>

#include "export/symbolic/expr/number.h"

namespace roundtrip {
namespace {

struct CppMethods {
  const char* method;
  const char* flipped;  ///< with the operands in the other order
};

std::string cpp_joined(const Expr& expr, const std::string& separator,
                       std::string (*print)(const Expr&)) {
  std::string text;
  for (const Expr& child : expr.children) text += (text.empty() ? "" : separator) + print(child);
  return text;
}

/// `u0`, but `(u0 + 1)`.
std::string cpp_operand(const Expr& expr) {
  const std::string text = cpp_code(expr);
  return expr.kind == ExprKind::symbol || is_number(expr) ? text : "(" + text + ")";
}

/// The method of the side that is no plain number.
std::string cpp_relation(const CppMethods& words, const Expr& left, const Expr& right) {
  if (is_number(left)) return cpp_operand(right) + "." + words.flipped + "(" + cpp_code(left) + ")";
  return cpp_operand(left) + "." + words.method + "(" + cpp_code(right) + ")";
}

}  // namespace

std::string cpp_code(const Expr& expr) {
  static const std::unordered_map<ExprKind, CppMethods> kRelations{
      {ExprKind::equal, {"sym_eq", "sym_eq"}},   {ExprKind::not_equal, {"sym_ne", "sym_ne"}},
      {ExprKind::less, {"sym_lt", "sym_gt"}},    {ExprKind::less_equal, {"sym_le", "sym_ge"}},
      {ExprKind::greater, {"sym_gt", "sym_lt"}}, {ExprKind::greater_equal, {"sym_ge", "sym_le"}}};
  static const std::unordered_map<ExprKind, std::string> kOperators{
      {ExprKind::add, " + "},       {ExprKind::mul, " * "}, {ExprKind::floor_div, " / "},
      {ExprKind::clean_div, " / "}, {ExprKind::mod, " % "}, {ExprKind::python_mod, " % "}};
  static const std::unordered_map<ExprKind, std::string> kCalls{
      {ExprKind::logical_and, "sym_and"},   {ExprKind::logical_or, "sym_or"},
      {ExprKind::logical_not, "sym_not"},   {ExprKind::max, "sym_max"},
      {ExprKind::min, "sym_min"},           {ExprKind::to_float, "sym_float"},
      {ExprKind::pow_by_natural, "sym_pow"}};

  if (const auto found = kRelations.find(expr.kind); found != kRelations.end()) {
    return cpp_relation(found->second, expr.children[0], expr.children[1]);
  }
  if (const auto found = kOperators.find(expr.kind); found != kOperators.end()) {
    return cpp_joined(expr, found->second, cpp_operand);
  }
  if (const auto found = kCalls.find(expr.kind); found != kCalls.end()) {
    const std::string list = cpp_joined(expr, ", ", cpp_code);
    const bool takes_list = found->second == "sym_and" || found->second == "sym_or";
    return found->second + (takes_list ? "({" + list + "})" : "(" + list + ")");
  }
  return to_string(expr);
}

}  // namespace roundtrip
