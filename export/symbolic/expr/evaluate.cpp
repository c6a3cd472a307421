#include <roundtrip/error.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

namespace {

using Int = std::int64_t;

[[noreturn]] void fail(const Expr& expr, const std::string& reason) {
  throw ProgramError("cannot evaluate '" + to_string(expr) + "': " + reason);
}

double to_double(const Number& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

bool to_bool(const Number& number) {
  return std::visit([](auto value) { return value != 0; }, number);
}

bool is_double(const Number& number) {
  return std::holds_alternative<double>(number);
}

Int to_int(const Expr& expr, const Number& number) {
  if (is_double(number)) fail(expr, "an integer is needed, not a float");
  return std::visit([](auto value) { return static_cast<Int>(value); }, number);
}

Int fitting_result(const Expr& expr, std::optional<Int> result) {
  if (!result) fail(expr, "the result overflows");
  return *result;
}

Int floor_div(const Expr& expr, Int a, Int b) {
  if (b == 0) fail(expr, "division by zero");
  return fitting_result(expr, python::floor_divide(a, b));
}

Int modulo(const Expr& expr, Int a, Int b) {
  if (b == 0) fail(expr, "modulo by zero");
  return python::modulo(a, b);
}

Int power(const Expr& expr, Int base, Int exponent) {
  if (exponent < 0) fail(expr, "a negative exponent");
  return fitting_result(expr, python::power(base, exponent));
}

/// Evaluates one expression; `Handler`s get at children through `number(i)`.
class Evaluator {
 public:
  explicit Evaluator(const Bindings& bindings) : bindings_(bindings) {}

  Number run(const Expr& expr) const;

  Number child(const Expr& expr, std::size_t i) const { return run(expr.children[i]); }
  double real(const Expr& expr, std::size_t i) const { return to_double(child(expr, i)); }
  Int integer(const Expr& expr, std::size_t i) const { return to_int(expr, child(expr, i)); }
  const Bindings& bindings() const { return bindings_; }

 private:
  const Bindings& bindings_;
};

using Handler = Number (*)(const Evaluator&, const Expr&);

Number symbol(const Evaluator& evaluator, const Expr& expr) {
  auto found = evaluator.bindings().find(expr.name);
  if (found == evaluator.bindings().end()) fail(expr, "the symbol has no value");
  return found->second;
}

/// Folds the children: integers with an overflow check, floats once one is a float.
template <typename IntOp, typename FloatOp>
Number fold(const Evaluator& evaluator, const Expr& expr, IntOp int_op, FloatOp float_op) {
  Number total = evaluator.child(expr, 0);
  for (std::size_t i = 1; i < expr.children.size(); ++i) {
    Number next = evaluator.child(expr, i);
    if (is_double(total) || is_double(next)) {
      total = float_op(to_double(total), to_double(next));
      continue;
    }
    total = fitting_result(expr, int_op(to_int(expr, total), to_int(expr, next)));
  }
  return total;
}

Number add(const Evaluator& evaluator, const Expr& expr) {
  return fold(evaluator, expr, python::add, std::plus<double>());
}

Number mul(const Evaluator& evaluator, const Expr& expr) {
  return fold(evaluator, expr, python::multiply, std::multiplies<double>());
}

template <template <typename> typename Compare>
bool compare(const Number& a, const Number& b) {
  if (is_double(a) || is_double(b)) return Compare<double>()(to_double(a), to_double(b));
  auto integer = [](const Number& number) {
    return std::visit([](auto value) { return static_cast<Int>(value); }, number);
  };
  return Compare<Int>()(integer(a), integer(b));
}

template <template <typename> typename Compare>
Number relation(const Evaluator& evaluator, const Expr& expr) {
  return compare<Compare>(evaluator.child(expr, 0), evaluator.child(expr, 1));
}

/// The child that compares so to all others.
template <template <typename> typename Compare>
Number extreme(const Evaluator& evaluator, const Expr& expr) {
  Number best = evaluator.child(expr, 0);
  for (std::size_t i = 1; i < expr.children.size(); ++i) {
    Number next = evaluator.child(expr, i);
    if (compare<Compare>(next, best)) best = next;
  }
  return best;
}

template <bool kDecisive>
Number logical(const Evaluator& evaluator, const Expr& expr) {
  for (std::size_t i = 0; i < expr.children.size(); ++i) {
    if (to_bool(evaluator.child(expr, i)) == kDecisive) return kDecisive;
  }
  return !kDecisive;
}

Number piecewise(const Evaluator& evaluator, const Expr& expr) {
  for (const auto& pair : expr.children) {
    if (to_bool(evaluator.child(pair, 1))) return evaluator.child(pair, 0);
  }
  fail(expr, "no condition holds");
}

Number pow(const Evaluator& evaluator, const Expr& expr) {
  Number base = evaluator.child(expr, 0);
  Number exponent = evaluator.child(expr, 1);
  bool whole = !is_double(base) && !is_double(exponent) && to_double(exponent) >= 0;
  if (whole) return power(expr, to_int(expr, base), to_int(expr, exponent));
  return std::pow(to_double(base), to_double(exponent));
}

Number true_div(const Evaluator& evaluator, const Expr& expr) {
  Number a = evaluator.child(expr, 0), b = evaluator.child(expr, 1);
  if (to_double(b) == 0) fail(expr, "division by zero");
  if (is_double(a) || is_double(b)) return to_double(a) / to_double(b);
  return python::true_divide(to_int(expr, a), to_int(expr, b));
}

Number floor_div_handler(const Evaluator& evaluator, const Expr& expr) {
  return floor_div(expr, evaluator.integer(expr, 0), evaluator.integer(expr, 1));
}

Number ceil_div(const Evaluator& evaluator, const Expr& expr) {
  Int a = evaluator.integer(expr, 0), b = evaluator.integer(expr, 1);
  return floor_div(expr, a, b) + (modulo(expr, a, b) != 0);
}

Number mod_handler(const Evaluator& evaluator, const Expr& expr) {
  return modulo(expr, evaluator.integer(expr, 0), evaluator.integer(expr, 1));
}

Number modular_indexing(const Evaluator& evaluator, const Expr& expr) {
  Int quotient = floor_div(expr, evaluator.integer(expr, 0), evaluator.integer(expr, 1));
  return modulo(expr, quotient, evaluator.integer(expr, 2));
}

Number left_shift(const Evaluator& evaluator, const Expr& expr) {
  Int number = evaluator.integer(expr, 0), count = evaluator.integer(expr, 1);
  if (count < 0) fail(expr, "a negative exponent");
  return fitting_result(expr, python::shift_left(number, count));
}

Number right_shift(const Evaluator& evaluator, const Expr& expr) {
  Int count = evaluator.integer(expr, 1);
  if (count < 0) fail(expr, "negative shift count");
  return python::shift_right(evaluator.integer(expr, 0), count);
}

/// Turns one float to an integer by a rounding function; an integer stays as it is.
template <double (*kRound)(double)>
Number round_with(const Evaluator& evaluator, const Expr& expr) {
  Number number = evaluator.child(expr, 0);
  if (!is_double(number)) return to_int(expr, number);
  return fitting_result(expr, python::to_integer(kRound(std::get<double>(number))));
}

Number absolute(const Evaluator& evaluator, const Expr& expr) {
  Number number = evaluator.child(expr, 0);
  if (is_double(number)) return std::abs(std::get<double>(number));
  Int value = to_int(expr, number);
  return value < 0 ? fitting_result(expr, python::subtract(0, value)) : value;
}

const std::unordered_map<ExprKind, Handler>& handlers() {
  static const std::unordered_map<ExprKind, Handler> kHandlers{
      {ExprKind::symbol, symbol},
      {ExprKind::int_infinity,
       [](const Evaluator&, const Expr& x) -> Number {
         return static_cast<double>(std::get<Int>(x.value)) *
                std::numeric_limits<double>::infinity();
       }},
      {ExprKind::rational, true_div},
      {ExprKind::add, add},
      {ExprKind::mul, mul},
      {ExprKind::pow, pow},
      {ExprKind::max, extreme<std::greater>},
      {ExprKind::min, extreme<std::less>},
      {ExprKind::equal, relation<std::equal_to>},
      {ExprKind::not_equal, relation<std::not_equal_to>},
      {ExprKind::less, relation<std::less>},
      {ExprKind::less_equal, relation<std::less_equal>},
      {ExprKind::greater, relation<std::greater>},
      {ExprKind::greater_equal, relation<std::greater_equal>},
      {ExprKind::logical_and, logical<false>},
      {ExprKind::logical_or, logical<true>},
      {ExprKind::logical_not,
       [](const Evaluator& e, const Expr& x) -> Number { return !to_bool(e.child(x, 0)); }},
      {ExprKind::piecewise, piecewise},
      {ExprKind::floor_div, floor_div_handler},
      {ExprKind::clean_div, floor_div_handler},
      {ExprKind::ceil_div, ceil_div},
      {ExprKind::mod, mod_handler},
      {ExprKind::python_mod, mod_handler},
      {ExprKind::modular_indexing, modular_indexing},
      {ExprKind::int_true_div, true_div},
      {ExprKind::float_true_div, true_div},
      {ExprKind::float_pow,
       [](const Evaluator& e, const Expr& x) -> Number {
         return std::pow(e.real(x, 0), e.real(x, 1));
       }},
      {ExprKind::square_root,
       [](const Evaluator& e, const Expr& x) -> Number { return std::sqrt(e.real(x, 0)); }},
      {ExprKind::pow_by_natural, pow},
      {ExprKind::left_shift, left_shift},
      {ExprKind::right_shift, right_shift},
      {ExprKind::to_float,
       [](const Evaluator& e, const Expr& x) -> Number { return e.real(x, 0); }},
      {ExprKind::trunc_to_float,
       [](const Evaluator& e, const Expr& x) -> Number { return std::trunc(e.real(x, 0)); }},
      {ExprKind::trunc_to_int, round_with<std::trunc>},
      {ExprKind::ceil_to_int, round_with<std::ceil>},
      {ExprKind::floor_to_int, round_with<std::floor>},
      {ExprKind::floor, round_with<std::floor>},
      {ExprKind::ceiling, round_with<std::ceil>},
      {ExprKind::round_to_int, round_with<std::nearbyint>},
      {ExprKind::round_decimal,
       [](const Evaluator& e, const Expr& x) -> Number {
         return python::round_decimal(e.real(x, 0), e.integer(x, 1));
       }},
      {ExprKind::absolute, absolute},
      {ExprKind::bitwise_and,
       [](const Evaluator& e, const Expr& x) -> Number {
         return e.integer(x, 0) & e.integer(x, 1);
       }},
      {ExprKind::bitwise_or,
       [](const Evaluator& e, const Expr& x) -> Number {
         return e.integer(x, 0) | e.integer(x, 1);
       }},
      {ExprKind::bitwise_xor,
       [](const Evaluator& e, const Expr& x) -> Number {
         return e.integer(x, 0) ^ e.integer(x, 1);
       }},
      {ExprKind::where,
       [](const Evaluator& e, const Expr& x) -> Number {
         return e.child(x, to_bool(e.child(x, 0)) ? 1 : 2);
       }},
      {ExprKind::identity,
       [](const Evaluator& e, const Expr& x) -> Number { return e.child(x, 0); }},
  };
  return kHandlers;
}

Number Evaluator::run(const Expr& expr) const {
  if (expr.kind == ExprKind::integer || expr.kind == ExprKind::floating ||
      expr.kind == ExprKind::boolean) {
    return expr.value;
  }
  auto handler = handlers().find(expr.kind);
  if (handler == handlers().end()) fail(expr, "this function is only carried, not evaluated");
  return handler->second(*this, expr);
}

}  // namespace

Number evaluate(const Expr& expr, const Bindings& bindings) {
  return Evaluator(bindings).run(expr);
}

}  // namespace roundtrip
