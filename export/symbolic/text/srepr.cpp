#include <array>
#include <charconv>
#include <cmath>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/functions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/text/joined.h"

namespace roundtrip {

namespace {

/// Seventeen significant digits as mpmath writes them.
std::string float_digits(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return "0.0";
  std::array<char, 400> buffer;
  auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                  std::chars_format::scientific, 16);
  std::string text(buffer.data(), scientific.ptr);
  auto e = text.find('e');
  int exponent = std::stoi(text.substr(e + 1));
  std::string mantissa = text.substr(0, e);
  bool fixed = exponent > -6 && exponent < 17;
  if (fixed) {
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                             std::chars_format::fixed, 16 - exponent);
    mantissa.assign(buffer.data(), end.ptr);
    if (mantissa.find('.') == mantissa.npos) mantissa += ".";
  }
  mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (mantissa.back() == '.') mantissa += "0";
  return fixed ? mantissa : mantissa + (exponent < 0 ? "e" : "e+") + std::to_string(exponent);
}

std::string symbol_text(const Expr& symbol) {
  static const std::unordered_map<Assumptions, const char*> kTexts{
      {Assumptions::none, ""},
      {Assumptions::integer, ", integer=True"},
      {Assumptions::positive_integer, ", positive=True, integer=True"},
      {Assumptions::real, ", real=True"}};
  return "Symbol('" + symbol.name + "'" + kTexts.at(symbol.assumptions) + ")";
}

}  // namespace

std::string to_srepr(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
      return "Integer(" + std::to_string(integer_value(expr)) + ")";
    case ExprKind::floating:
      return "Float('" + float_digits(real_value(expr)) + "', precision=53)";
    case ExprKind::boolean:
      return std::get<bool>(expr.value) ? "true" : "false";
    case ExprKind::symbol:
      return symbol_text(expr);
    case ExprKind::int_infinity:
      return to_string(expr);
    case ExprKind::rational:
      return "Rational(" + to_string(expr.children[0]) + ", " + to_string(expr.children[1]) + ")";
    default:
      return std::string(find_function(expr.kind)->srepr_name) + "(" +
             joined(printed_arguments(expr), ", ", to_srepr) + ")";
  }
}

}  // namespace roundtrip
