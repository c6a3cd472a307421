#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "export/symbolic/expr.h"
#include "export/symbolic/functions.h"
#include "export/symbolic/sort_key.h"

namespace roundtrip {

namespace {

/// How tightly an expression binds: SymPy's own scale, and torch's for its functions.
enum Precedence {
  kIdentity = 10,
  kOr = 20,
  kAnd = 30,
  kRelational = 35,
  kTorchFunction = 35,
  kBitwiseOr = 36,
  kBitwiseAnd = 38,
  kAdd = 40,
  kMul = 50,
  kPow = 60,
  kFunction = 70,
  kNot = 100,
  kAlmostAtom = 999,
  kAtom = 1000,
};

bool is_negative(const Expr& expr) {
  if (expr.kind == ExprKind::integer) return std::get<std::int64_t>(expr.value) < 0;
  if (expr.kind == ExprKind::floating) return std::get<double>(expr.value) < 0;
  return expr.kind == ExprKind::rational && is_negative(expr.children[0]);
}

/// `srepr` writes a coefficient of -4 as two factors, -1 and 4.
bool has_minus(const Expr& mul) {
  bool minus = false;
  for (const auto& factor : mul.children) minus ^= is_negative(factor);
  return minus;
}

int precedence(const Expr& expr);

int mul_precedence(const Expr& mul) {
  for (const auto& factor : mul.children) {
    if (precedence(factor) == kTorchFunction || factor.kind == ExprKind::identity) return kMul;
  }
  return has_minus(mul) ? kAdd : kMul;
}

int precedence(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
    case ExprKind::floating:
      return is_negative(expr) ? kAdd : kAtom;
    case ExprKind::rational:
      return is_negative(expr) ? kAdd : kMul;
    case ExprKind::boolean:
    case ExprKind::symbol:
    case ExprKind::max:
    case ExprKind::min:
      return kAtom;
    case ExprKind::add:
      return kAdd;
    case ExprKind::mul:
      return mul_precedence(expr);
    case ExprKind::pow_by_natural:
    case ExprKind::equal:
    case ExprKind::not_equal:
      return kMul;
    case ExprKind::pow:
    case ExprKind::float_pow:
      return kPow;
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
    case ExprKind::floor_div:
    case ExprKind::clean_div:
    case ExprKind::mod:
    case ExprKind::python_mod:
    case ExprKind::modular_indexing:
    case ExprKind::where:
    case ExprKind::int_true_div:
    case ExprKind::float_true_div:
      return kTorchFunction;
    case ExprKind::logical_and:
      return kAnd;
    case ExprKind::logical_or:
      return kOr;
    case ExprKind::logical_not:
      return kNot;
    case ExprKind::identity:
      return kIdentity;
    default:
      return kFunction;
  }
}

std::string print(const Expr& expr, bool top);

std::string parenthesize(const Expr& expr, int level) {
  auto text = print(expr, false);
  return precedence(expr) <= level ? "(" + text + ")" : text;
}

/// All children, joined. `level` 0 never parenthesizes.
std::string join(const Expr& expr, std::string_view separator, int level) {
  std::string text;
  for (const auto& child : expr.children) {
    if (!text.empty()) text += separator;
    text += parenthesize(child, level);
  }
  return text;
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
  for (const auto& term : expr.children) {
    auto piece = print(term, false);
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

bool is_integer(const Expr& expr, std::int64_t value) {
  return expr.kind == ExprKind::integer && std::get<std::int64_t>(expr.value) == value;
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
  std::string text;
  for (const auto& factor : factors) {
    if (!text.empty()) text += '*';
    text += parenthesize(factor, level);
  }
  return text.empty() ? "1" : text;
}

std::string print_mul(const Expr& expr) {
  int level = precedence(expr);
  auto factors = expr.children;
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
  if (is_half(exponent)) return "sqrt(" + print(base, false) + ")";
  if (is_half(negated(exponent))) return "1/sqrt(" + print(base, false) + ")";
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

std::string print_extreme(Expr expr) {
  std::vector<std::pair<SortKey, Expr>> keyed;
  for (auto& child : expr.children) keyed.emplace_back(sort_key(child), child);
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  for (std::size_t i = 0; i < keyed.size(); ++i) expr.children[i] = std::move(keyed[i].second);
  return print_call(expr);
}

std::string print(const Expr& expr, bool top) {
  switch (expr.kind) {
    case ExprKind::integer:
      return std::to_string(std::get<std::int64_t>(expr.value));
    case ExprKind::floating:
      return print_float(std::get<double>(expr.value), top);
    case ExprKind::boolean:
      return std::get<bool>(expr.value) ? "True" : "False";
    case ExprKind::symbol:
      return expr.name;
    case ExprKind::rational:
      return join(expr, "/", 0);
    case ExprKind::add:
      return print_add(expr);
    case ExprKind::mul:
      return print_mul(expr);
    case ExprKind::pow:
      return print_pow(expr);
    case ExprKind::max:
    case ExprKind::min:
      return print_extreme(expr);
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      return print_relation(expr);
    case ExprKind::logical_and:
      return join(expr, " & ", kBitwiseAnd);
    case ExprKind::logical_or:
      return join(expr, " | ", kBitwiseOr);
    case ExprKind::logical_not:
      return "~" + parenthesize(expr.children[0], kNot);
    case ExprKind::expr_cond_pair:
    case ExprKind::identity:
      return "(" + join(expr, ", ", 0) + ")";
    case ExprKind::floor_div:
    case ExprKind::clean_div:
      return print_floor_div(expr);
    default:
      return print_call(expr);
  }
}

}  // namespace

std::string to_string(const Expr& expr) {
  return print(expr, true);
}

}  // namespace roundtrip
