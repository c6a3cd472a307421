#include "export/symbolic/expr/number.h"

#include <roundtrip/error.h>

#include <cmath>
#include <compare>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

bool is_number(const Expr& expr) {
  return expr.kind == ExprKind::integer || expr.kind == ExprKind::floating;
}

bool is_integer(const Expr& expr) {
  return expr.kind == ExprKind::integer;
}

bool is_integer(const Expr& expr, std::int64_t value) {
  return expr.kind == ExprKind::integer && std::get<std::int64_t>(expr.value) == value;
}

bool is_boolean(const Expr& expr, bool value) {
  return expr.kind == ExprKind::boolean && std::get<bool>(expr.value) == value;
}

bool is_nan(const Number& number) {
  auto* real = std::get_if<double>(&number);
  return real && std::isnan(*real);
}

bool same_number(const Number& a, const Number& b) {
  return a == b || (is_nan(a) && is_nan(b));
}

std::int64_t integer_value(const Expr& literal) {
  return std::get<std::int64_t>(literal.value);
}

double real_value(const Expr& literal) {
  return std::visit([](auto value) { return static_cast<double>(value); }, literal.value);
}

std::int64_t fitting(std::optional<std::int64_t> result) {
  if (!result) throw ProgramError("a symbolic expression has a number beyond 64 bits");
  return *result;
}

Expr add_numbers(const Expr& a, const Expr& b) {
  if (is_integer(a) && is_integer(b)) {
    return integer(fitting(python::add(integer_value(a), integer_value(b))));
  }
  return floating(real_value(a) + real_value(b));
}

Expr multiply_numbers(const Expr& a, const Expr& b) {
  if (is_integer(a) && is_integer(b)) {
    return integer(fitting(python::multiply(integer_value(a), integer_value(b))));
  }
  return floating(real_value(a) * real_value(b));
}

Expr negate_number(const Expr& number) {
  return multiply_numbers(integer(-1), number);
}

int compare_numbers(const Expr& a, const Expr& b) {
  if (is_integer(a) && is_integer(b)) {
    auto left = integer_value(a), right = integer_value(b);
    return (left > right) - (left < right);
  }
  const auto order = std::weak_order(real_value(a), real_value(b));
  return (order > 0) - (order < 0);
}

}  // namespace roundtrip
