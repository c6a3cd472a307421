#include "export/symbolic/text/python_code.h"

#include <array>
#include <charconv>
#include <string_view>

#include "export/symbolic/expr/functions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/text/joined.h"
#include "export/symbolic/text/precedence.h"

namespace roundtrip {

namespace {

/// As Python's `str(float)`.
std::string float_text(double value) {
  std::array<char, 40> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end.ptr);
  bool plain = text.find_first_of(".en") == text.npos;
  return plain ? text + ".0" : text;
}

class CodePrinter {
 public:
  explicit CodePrinter(const SymbolText& text_of) : text_of_(text_of) {}

  std::string print(const Expr& expr) const;

  std::string parenthesize(const Expr& expr, int level) const {
    auto text = print(expr);
    return precedence(expr) <= level ? "(" + text + ")" : text;
  }

  std::string join(const Expr& expr, std::string_view separator, int level) const {
    return joined(expr.children, separator,
                  [&](const Expr& child) { return parenthesize(child, level); });
  }

  std::string call(const Expr& expr, std::string_view function) const {
    return std::string(function) + "(" + join(expr, ", ", 0) + ")";
  }

  std::string symbol(const Expr& expr) const { return text_of_(expr); }

 private:
  const SymbolText& text_of_;
};

using Handler = std::string (*)(const CodePrinter&, const Expr&);

/// Infix operators that are parenthesized by their own precedence.
const std::unordered_map<ExprKind, std::string_view>& operators() {
  static const std::unordered_map<ExprKind, std::string_view> kOperators{
      {ExprKind::add, " + "},           {ExprKind::mul, "*"},
      {ExprKind::equal, " == "},        {ExprKind::not_equal, " != "},
      {ExprKind::less, " < "},          {ExprKind::less_equal, " <= "},
      {ExprKind::greater, " > "},       {ExprKind::greater_equal, " >= "},
      {ExprKind::logical_and, " and "}, {ExprKind::logical_or, " or "}};
  return kOperators;
}

/// Infix operators whose operands are parenthesized unless they are atoms.
const std::unordered_map<ExprKind, std::string_view>& tight_operators() {
  static const std::unordered_map<ExprKind, std::string_view> kOperators{
      {ExprKind::mod, " % "},
      {ExprKind::python_mod, " % "},
      {ExprKind::floor_div, " // "},
      {ExprKind::clean_div, " // "},
      {ExprKind::int_true_div, " / "}};
  return kOperators;
}

/// Python writes the factors out. Expressions of files have any exponent.
std::string pow(const CodePrinter& printer, const Expr& expr) {
  constexpr std::int64_t kMostFactors = 64;
  auto factor = printer.parenthesize(expr.children[0], kMul);
  const auto& exponent = expr.children[1];
  if (!is_integer(exponent) || integer_value(exponent) < 1 ||
      integer_value(exponent) > kMostFactors) {
    return "(" + factor + ") ** (" + printer.print(exponent) + ")";
  }
  auto text = factor;
  for (std::int64_t i = 1; i < integer_value(exponent); ++i) text += "*" + factor;
  return text;
}

const std::unordered_map<ExprKind, Handler>& handlers() {
  static const std::unordered_map<ExprKind, Handler> kHandlers{
      {ExprKind::integer,
       [](const CodePrinter&, const Expr& x) { return std::to_string(integer_value(x)); }},
      {ExprKind::int_infinity,
       [](const CodePrinter&, const Expr& x) -> std::string {
         return is_negative(x) ? "NegativeIntInfinity()" : "IntInfinity()";
       }},
      {ExprKind::floating,
       [](const CodePrinter&, const Expr& x) { return float_text(real_value(x)); }},
      {ExprKind::symbol, [](const CodePrinter& p, const Expr& x) { return p.symbol(x); }},
      {ExprKind::logical_not,
       [](const CodePrinter& p, const Expr& x) { return p.call(x, "not "); }},
      {ExprKind::pow, pow},
      {ExprKind::float_pow,
       [](const CodePrinter& p, const Expr& x) { return p.join(x, " ** ", kPow); }},
      {ExprKind::pow_by_natural,
       [](const CodePrinter& p, const Expr& x) { return p.join(x, " ** ", kPow); }},
      {ExprKind::float_true_div,
       [](const CodePrinter& p, const Expr& x) {
         return "(" + p.join(x, " / ", kAlmostAtom) + ")";
       }},
  };
  return kHandlers;
}

std::string CodePrinter::print(const Expr& expr) const {
  if (auto found = operators().find(expr.kind); found != operators().end()) {
    return join(expr, found->second, precedence(expr));
  }
  if (auto found = tight_operators().find(expr.kind); found != tight_operators().end()) {
    return join(expr, found->second, kAlmostAtom);
  }
  if (auto function = python_call(expr.kind)) return call(expr, *function);
  if (auto found = handlers().find(expr.kind); found != handlers().end()) {
    return found->second(*this, expr);
  }
  auto* function = find_function(expr.kind);
  return function ? call(expr, function->str_name) : to_string(expr);
}

}  // namespace

std::optional<std::string_view> python_call(ExprKind kind) {
  static const std::unordered_map<ExprKind, std::string_view> kCalls{
      {ExprKind::max, "max"},
      {ExprKind::min, "min"},
      {ExprKind::to_float, "torch.sym_float"},
      {ExprKind::trunc_to_int, "math.trunc"},
      {ExprKind::floor_to_int, "math.floor"},
      {ExprKind::ceil_to_int, "math.ceil"},
      {ExprKind::floor, "math.floor"},
      {ExprKind::ceiling, "math.ceil"},
      {ExprKind::absolute, "abs"},
      {ExprKind::round_to_int, "round"},
      {ExprKind::square_root, "torch._sym_sqrt"}};
  const auto found = kCalls.find(kind);
  return found == kCalls.end() ? std::nullopt : std::optional(found->second);
}

std::string python_code(const Expr& expr, const SymbolText& text_of) {
  return CodePrinter(text_of).print(expr);
}

}  // namespace roundtrip
