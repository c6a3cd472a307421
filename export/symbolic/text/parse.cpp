#include <roundtrip/error.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/expr/functions.h"

namespace roundtrip {

namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxLength = 1 << 20;

/// Whether a float comes out of it, whatever its symbols are.
bool is_float_valued(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::floating:
    case ExprKind::int_true_div:
    case ExprKind::float_true_div:
    case ExprKind::float_pow:
    case ExprKind::square_root:
    case ExprKind::to_float:
    case ExprKind::trunc_to_float:
    case ExprKind::round_decimal:
      return true;
    case ExprKind::add:
    case ExprKind::mul:
    case ExprKind::max:
    case ExprKind::min:
    case ExprKind::identity:
    case ExprKind::absolute:
      return std::any_of(expr.children.begin(), expr.children.end(), is_float_valued);
    default:
      return false;
  }
}

/// The functions of whole numbers only.
bool needs_integers(ExprKind kind) {
  switch (kind) {
    case ExprKind::floor_div:
    case ExprKind::clean_div:
    case ExprKind::ceil_div:
    case ExprKind::modular_indexing:
    case ExprKind::left_shift:
    case ExprKind::right_shift:
    case ExprKind::bitwise_and:
    case ExprKind::bitwise_or:
    case ExprKind::bitwise_xor:
      return true;
    default:
      return false;
  }
}

/// Recursive descent over `srepr` text:
///   expr     := "true" | "false" | "int_oo" | "-int_oo" | Name "(" ... ")"
///   literal  := Integer(n) | Float('d', precision=n) | Rational(n, n)
///   symbol   := Symbol('name', assumption=True, ...)
///   function := Name(expr, ...)
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text.size() > kMaxLength) fail("it is longer than a mebibyte");
  }

  Expr parse_all() {
    auto expr = parse_expr(0);
    if (position_ != text_.size()) fail("expected the end");
    return expr;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw ProgramError("bad symbolic expression '" + std::string(text_.substr(0, 200)) +
                       "' at character " + std::to_string(position_) + ": " + reason);
  }

  void skip_spaces() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }

  bool accept(char wanted) {
    skip_spaces();
    if (position_ == text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(std::string("expected '") + wanted + "'");
  }

  template <typename Predicate>
  std::string_view take_while(Predicate belongs) {
    skip_spaces();
    auto start = position_;
    while (position_ < text_.size() && belongs(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  std::string_view take_name() {
    auto name = take_while([](unsigned char c) { return std::isalnum(c) || c == '_'; });
    if (name.empty()) fail("expected a name");
    return name;
  }

  std::string_view take_quoted() {
    expect('\'');
    auto start = position_;
    auto end = text_.find('\'', start);
    if (end == text_.npos) fail("the quote is never closed");
    position_ = end + 1;
    return text_.substr(start, end - start);
  }

  Expr take_integer() {
    auto digits = take_while([](unsigned char c) { return std::isdigit(c) || c == '-'; });
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) fail("the integer does not fit 64 bits");
    if (error != std::errc() || end != digits.data() + digits.size()) fail("expected an integer");
    return {ExprKind::integer, value, {}, {}};
  }

  Expr take_float() {
    auto digits = take_quoted();
    double value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) fail("expected a number");
    if (std::isnan(value)) fail("NaN is no size");
    expect(',');
    if (take_name() != "precision") fail("expected the precision");
    expect('=');
    take_integer();
    return {ExprKind::floating, value, {}, {}};
  }

  Expr take_rational() {
    Expr rational{ExprKind::rational, {}, {}, {take_integer()}};
    expect(',');
    rational.children.push_back(take_integer());
    if (std::get<std::int64_t>(rational.children[1].value) <= 0) fail("expected a denominator");
    return rational;
  }

  Expr take_symbol() {
    auto name = take_quoted();
    if (name.empty()) fail("a symbol without a name");
    bool positive = false, integer = false, real = false;
    while (accept(',')) {
      auto assumption = take_name();
      expect('=');
      bool holds = take_name() == "True";
      if (assumption == "positive") positive = holds;
      if (assumption == "integer") integer = holds;
      if (assumption == "real") real = holds;
    }
    auto assumptions = integer && positive ? Assumptions::positive_integer
                       : integer           ? Assumptions::integer
                       : real              ? Assumptions::real
                                           : Assumptions::none;
    return {ExprKind::symbol, {}, std::string(name), {}, assumptions};
  }

  Expr take_call(const FunctionInfo& function, int depth) {
    Expr call{function.kind, {}, {}, {}};
    skip_spaces();
    if (position_ < text_.size() && text_[position_] != ')') {
      do call.children.push_back(parse_expr(depth + 1));
      while (accept(','));
    }
    auto count = call.children.size();
    if (count < function.min_children || count > function.max_children) {
      fail(std::string(function.srepr_name) + " cannot have " + std::to_string(count) +
           " arguments");
    }
    return call;
  }

  Expr parse_expr(int depth) {
    if (depth > kMaxDepth) fail("nested too deeply");
    const bool minus = accept('-');
    auto name = take_name();
    if (name == "int_oo") return {ExprKind::int_infinity, std::int64_t{minus ? -1 : 1}, {}, {}};
    if (minus) fail("only int_oo can have a sign");
    if (name == "true" || name == "false") return {ExprKind::boolean, name == "true", {}, {}};
    expect('(');
    auto expr = parse_body(name, depth);
    expect(')');
    return expr;
  }

  Expr parse_body(std::string_view name, int depth) {
    if (name == "Symbol") return take_symbol();
    if (name == "Integer") return take_integer();
    if (name == "Float") return take_float();
    if (name == "Rational") return take_rational();
    auto* function = find_function(name);
    if (!function) fail("unknown function '" + std::string(name) + "'");
    auto call = take_call(*function, depth);
    check_pairs(call);
    check_integers(call, *function);
    return call;
  }

  /// A Piecewise consists of pairs, and pairs are nowhere else.
  void check_pairs(const Expr& call) const {
    for (const auto& child : call.children) {
      if ((child.kind == ExprKind::expr_cond_pair) != (call.kind == ExprKind::piecewise)) {
        fail("ExprCondPair belongs in a Piecewise and nothing else does");
      }
    }
  }

  void check_integers(const Expr& call, const FunctionInfo& function) const {
    if (!needs_integers(call.kind)) return;
    for (const auto& child : call.children) {
      if (!is_float_valued(child)) continue;
      fail(std::string(function.srepr_name) + " takes whole numbers, not a float");
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

Expr parse_srepr(std::string_view text) {
  return Parser(text).parse_all();
}

}  // namespace roundtrip
