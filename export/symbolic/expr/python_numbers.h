#pragma once

#include <cstdint>
#include <optional>

/// Python's rules for numbers. Integers are 64 bits wide: a function returns nothing
/// where the result does not fit. That a divisor is not zero and an exponent or a
/// shift count not negative is the caller's to check, who knows how to report it.
namespace roundtrip::python {

std::optional<std::int64_t> add(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> subtract(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> multiply(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> power(std::int64_t base, std::int64_t exponent);

/// The quotient is rounded towards minus infinity, the remainder has the divisor's sign.
std::optional<std::int64_t> floor_divide(std::int64_t a, std::int64_t b);
std::int64_t modulo(std::int64_t a, std::int64_t b);
double floor_divide(double a, double b);
double modulo(double a, double b);

/// The quotient as a float, rounded once.
double true_divide(std::int64_t a, std::int64_t b);

std::optional<std::int64_t> shift_left(std::int64_t a, std::int64_t count);
std::int64_t shift_right(std::int64_t a, std::int64_t count);

/// A whole number as an integer; nothing for NaN and infinities too.
std::optional<std::int64_t> to_integer(double whole);

/// `round(number, digits)`, which rounds the decimal text correctly.
double round_decimal(double number, std::int64_t digits);

}  // namespace roundtrip::python
