#include "export/symbolic/expr/python_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace roundtrip::python {

namespace {

using Int = std::int64_t;

struct FloatDivision {
  double quotient;
  double remainder;
};

FloatDivision divmod(double a, double b) {
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest == 0) {
    rest = std::copysign(0.0, b);
  } else if ((rest < 0) != (b < 0)) {
    rest += b;
    quotient -= 1;
  }
  double floored = std::floor(quotient);
  // The division may have rounded up to just above the true quotient.
  return {quotient - floored > 0.5 ? floored + 1 : floored, rest};
}

}  // namespace

std::optional<Int> add(Int a, Int b) {
  Int sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<Int> subtract(Int a, Int b) {
  Int difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

std::optional<Int> multiply(Int a, Int b) {
  Int product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<Int> power(Int base, Int exponent) {
  Int result = 1;
  while (true) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return std::nullopt;
    exponent >>= 1;
    if (exponent == 0) return result;
    if (__builtin_mul_overflow(base, base, &base)) return std::nullopt;
  }
}

std::optional<Int> floor_divide(Int a, Int b) {
  if (b == -1) return subtract(0, a);
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

Int modulo(Int a, Int b) {
  if (b == -1) return 0;  // the machine traps on INT64_MIN % -1
  Int rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double floor_divide(double a, double b) {
  return divmod(a, b).quotient;
}

double modulo(double a, double b) {
  return divmod(a, b).remainder;
}

double true_divide(Int a, Int b) {
  // long double holds every 64-bit integer, so only the quotient is rounded.
  return static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b));
}

std::optional<Int> shift_left(Int a, Int count) {
  if (a == 0) return 0;
  if (count > 62) return std::nullopt;
  return multiply(a, Int{1} << count);
}

Int shift_right(Int a, Int count) {
  return a >> std::min<Int>(count, 63);
}

std::optional<Int> to_integer(double whole) {
  if (!(whole >= -0x1p63 && whole < 0x1p63)) return std::nullopt;
  return static_cast<Int>(whole);
}

double round_decimal(double number, Int digits) {
  if (!std::isfinite(number) || digits > 323) return number;
  if (digits < -308) return std::copysign(0.0, number);
  if (digits < 0) {
    double scale = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(number / scale) * scale;
  }
  char buffer[1024];
  std::snprintf(buffer, sizeof buffer, "%.*f", static_cast<int>(digits), number);
  return std::strtod(buffer, nullptr);
}

}  // namespace roundtrip::python
