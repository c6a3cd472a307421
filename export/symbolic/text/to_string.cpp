#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/expr/functions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/sort_key.h"
#include "export/symbolic/expr/work.h"
#include "export/symbolic/text/joined.h"
#include "export/symbolic/text/precedence.h"

namespace roundtrip {

namespace {

using Printer = std::string (*)(const Expr&);

std::string print(const Expr& expr);

std::string parenthesize(const Expr& expr, int level) {
  auto text = print(expr);
  return precedence(expr) <= level ? "(" + text + ")" : text;
}

/// All children, joined. `level` 0 never parenthesizes.
std::string join(const Expr& expr, std::string_view separator, int level) {
  return joined(expr.children, separator,
                [&](const Expr& child) { return parenthesize(child, level); });
}

/// Fifteen significant digits, as SymPy prints a 53-bit Float; zeros at the end
/// are kept only where the number stands alone.
std::string print_float(double value, bool keep_zeros) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-oo" : "oo";
  if (value == 0) return "0.0";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.14e", value);
  std::string text = buffer;
  auto e = text.find('e');
  int exponent = std::atoi(text.c_str() + e + 1);
  std::string mantissa = text.substr(0, e);
  bool fixed = exponent > -6 && exponent < 15;
  if (fixed) {
    std::snprintf(buffer, sizeof buffer, "%.*f", 14 - exponent, value);
    mantissa = buffer;
    if (mantissa.find('.') == mantissa.npos) mantissa += ".";
  }
  if (!keep_zeros) mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (mantissa.back() == '.') mantissa += "0";
  return fixed ? mantissa : mantissa + (exponent < 0 ? "e" : "e+") + std::to_string(exponent);
}

std::string print_add(const Expr& expr) {
  std::string text;
  for (const auto& term : printed_arguments(expr)) {
    auto piece = print(term);
    bool minus = piece.starts_with('-') && term.kind != ExprKind::add;
    if (minus) piece.erase(0, 1);
    if (precedence(term) < kAdd || term.kind == ExprKind::add) piece = "(" + piece + ")";
    if (text.empty()) {
      text = (minus ? "-" : "") + piece;
    } else {
      text.append(minus ? " - " : " + ").append(piece);
    }
  }
  return text;
}

Expr negated(Expr number) {
  if (number.kind == ExprKind::rational) {
    number.children[0] = negated(number.children[0]);
  } else if (auto* integer = std::get_if<std::int64_t>(&number.value)) {
    *integer = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(*integer));
  } else if (auto* real = std::get_if<double>(&number.value)) {
    *real = -*real;
  }
  return number;
}

/// A product's factors above and below the fraction bar.
struct Fraction {
  std::vector<Expr> above;
  std::vector<Expr> below;
};

Fraction split_fraction(std::vector<Expr> factors) {
  Fraction fraction;
  for (auto& factor : factors) {
    if (factor.kind == ExprKind::rational) {
      if (!is_integer(factor.children[0], 1)) fraction.above.push_back(factor.children[0]);
      fraction.below.push_back(factor.children[1]);
    } else if (factor.kind == ExprKind::pow && is_negative(factor.children[1])) {
      auto exponent = negated(factor.children[1]);
      if (is_integer(exponent, 1)) {
        fraction.below.push_back(factor.children[0]);
      } else {
        fraction.below.push_back({ExprKind::pow, {}, {}, {factor.children[0], exponent}});
      }
    } else if (!is_integer(factor, 1)) {
      fraction.above.push_back(std::move(factor));
    }
  }
  return fraction;
}

std::string join_factors(const std::vector<Expr>& factors, int level) {
  if (factors.empty()) return "1";
  return joined(factors, "*", [&](const Expr& factor) { return parenthesize(factor, level); });
}

std::string print_mul(const Expr& expr) {
  int level = precedence(expr);
  auto factors = printed_arguments(expr);
  for (auto& factor : factors) {
    if (is_negative(factor)) factor = negated(factor);
  }
  std::string sign = has_minus(expr) ? "-" : "";
  auto fraction = split_fraction(std::move(factors));
  auto text = sign + join_factors(fraction.above, level);
  if (fraction.below.empty()) return text;
  auto below = join_factors(fraction.below, level);
  return text + "/" + (fraction.below.size() == 1 ? below : "(" + below + ")");
}

bool is_half(const Expr& expr) {
  return expr.kind == ExprKind::rational && is_integer(expr.children[0], 1) &&
         is_integer(expr.children[1], 2);
}

std::string print_pow(const Expr& expr) {
  const auto& base = expr.children[0];
  const auto& exponent = expr.children[1];
  if (is_half(exponent)) return "sqrt(" + print(base) + ")";
  if (is_half(negated(exponent))) return "1/sqrt(" + print(base) + ")";
  if (is_integer(exponent, -1)) return "1/" + parenthesize(base, kPow);
  return parenthesize(base, kPow) + "**" + parenthesize(exponent, kPow);
}

std::string print_floor_div(const Expr& expr) {
  return "(" + parenthesize(expr.children[0], kAlmostAtom) + "//" +
         parenthesize(expr.children[1], kAlmostAtom) + ")";
}

std::string print_relation(const Expr& expr) {
  return parenthesize(expr.children[0], kRelational) + " " +
         std::string(find_function(expr.kind)->str_name) + " " +
         parenthesize(expr.children[1], kRelational);
}

std::string print_call(const Expr& expr) {
  return std::string(find_function(expr.kind)->str_name) + "(" + join(expr, ", ", 0) + ")";
}

std::string print_tuple(const Expr& expr) {
  return "(" + join(expr, ", ", 0) + ")";
}

/// The arguments of `Max` and `Min` in SymPy's order.
std::string print_extreme(const Expr& expr) {
  SortKeys keys;
  std::vector<const Expr*> children;
  for (const auto& child : expr.children) children.push_back(&child);
  sort_by_key(children, keys);
  Expr sorted{expr.kind, {}, {}, {}};
  for (const Expr* child : children) sorted.children.push_back(*child);
  return print_call(sorted);
}

/// The kinds that are not spelled as a call.
const std::unordered_map<ExprKind, Printer>& printers() {
  static const std::unordered_map<ExprKind, Printer> kPrinters{
      {ExprKind::integer,
       [](const Expr& x) { return std::to_string(std::get<std::int64_t>(x.value)); }},
      {ExprKind::floating,
       [](const Expr& x) { return print_float(std::get<double>(x.value), false); }},
      {ExprKind::boolean,
       [](const Expr& x) -> std::string { return std::get<bool>(x.value) ? "True" : "False"; }},
      {ExprKind::symbol, [](const Expr& x) { return x.name; }},
      {ExprKind::int_infinity,
       [](const Expr& x) -> std::string { return is_negative(x) ? "-int_oo" : "int_oo"; }},
      {ExprKind::rational, [](const Expr& x) { return join(x, "/", 0); }},
      {ExprKind::add, print_add},
      {ExprKind::mul, print_mul},
      {ExprKind::pow, print_pow},
      {ExprKind::max, print_extreme},
      {ExprKind::min, print_extreme},
      {ExprKind::less, print_relation},
      {ExprKind::less_equal, print_relation},
      {ExprKind::greater, print_relation},
      {ExprKind::greater_equal, print_relation},
      {ExprKind::logical_and, [](const Expr& x) { return join(x, " & ", kBitwiseAnd); }},
      {ExprKind::logical_or, [](const Expr& x) { return join(x, " | ", kBitwiseOr); }},
      {ExprKind::logical_not,
       [](const Expr& x) { return "~" + parenthesize(x.children[0], kNot); }},
      {ExprKind::expr_cond_pair, print_tuple},
      {ExprKind::identity, print_tuple},
      {ExprKind::floor_div, print_floor_div},
      {ExprKind::clean_div, print_floor_div},
  };
  return kPrinters;
}

std::string print(const Expr& expr) {
  count_work();
  auto printer = printers().find(expr.kind);
  return printer == printers().end() ? print_call(expr) : printer->second(expr);
}

}  // namespace

std::string to_string(const Expr& expr) {
  const WorkLimit limit;
  if (expr.kind == ExprKind::floating) return print_float(std::get<double>(expr.value), true);
  return print(expr);
}

}  // namespace roundtrip
