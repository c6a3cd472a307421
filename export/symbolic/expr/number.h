#pragma once

#include <optional>

#include "export/symbolic/expr/expr.h"

/// Arithmetic on literals, which are integers or floats; a result that does not fit 64
/// bits is a `ProgramError`.
namespace roundtrip {

bool is_number(const Expr& expr);
bool is_integer(const Expr& expr);  ///< an integer literal
bool is_integer(const Expr& expr, std::int64_t value);
bool is_boolean(const Expr& expr, bool value);

bool is_nan(const Number& number);
/// Whether they are of one type and equal, where NaN equals NaN: an expression equals itself.
bool same_number(const Number& a, const Number& b);

std::int64_t integer_value(const Expr& literal);
double real_value(const Expr& literal);

Expr add_numbers(const Expr& a, const Expr& b);
Expr multiply_numbers(const Expr& a, const Expr& b);
Expr negate_number(const Expr& number);
/// Below 0, 0, above 0; a total order, in which NaN has its place.
int compare_numbers(const Expr& a, const Expr& b);

/// The result of an operation that may overflow.
std::int64_t fitting(std::optional<std::int64_t> result);

}  // namespace roundtrip
