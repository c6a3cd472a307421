#include "export/interpreter/steps/plain_numbers.h"

#include <roundtrip/error.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

namespace {

using c10::IValue;

/// A bool counts as 0 or 1, as in Python.
std::int64_t as_int(const IValue& value) {
  return value.isBool() ? static_cast<std::int64_t>(value.toBool()) : value.toInt();
}

double as_double(const IValue& value) {
  return value.isDouble() ? value.toDouble() : static_cast<double>(as_int(value));
}

bool as_bool(const IValue& value) {
  require_number(value);
  return value.isDouble() ? value.toDouble() != 0 : as_int(value) != 0;
}

/// Applies `Op` to two numbers: as doubles if either is one, else as integers.
template <typename Op>
IValue arithmetic(const IValue* args) {
  require_number(args[0]);
  require_number(args[1]);
  if (args[0].isDouble() || args[1].isDouble()) {
    return Op::apply(as_double(args[0]), as_double(args[1]));
  }
  return Op::apply(as_int(args[0]), as_int(args[1]));
}

std::int64_t fitting(std::optional<std::int64_t> result) {
  if (!result) throw Error("the result does not fit a 64-bit integer");
  return *result;
}

template <typename T>
void require_nonzero(T divisor, const char* message) {
  if (divisor == 0) throw Error(message);
}

struct Add {
  static double apply(double a, double b) { return a + b; }
  static std::int64_t apply(std::int64_t a, std::int64_t b) { return fitting(python::add(a, b)); }
};

struct Sub {
  static double apply(double a, double b) { return a - b; }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    return fitting(python::subtract(a, b));
  }
};

struct Mul {
  static double apply(double a, double b) { return a * b; }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    return fitting(python::multiply(a, b));
  }
};

struct Mod {
  static double apply(double a, double b) {
    require_nonzero(b, "float modulo");
    return python::modulo(a, b);
  }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    require_nonzero(b, "integer modulo by zero");
    return python::modulo(a, b);
  }
};

struct FloorDiv {
  static double apply(double a, double b) {
    require_nonzero(b, "float floor division by zero");
    return python::floor_divide(a, b);
  }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    require_nonzero(b, "integer division or modulo by zero");
    return fitting(python::floor_divide(a, b));
  }
};

struct TrueDiv {
  static double apply(double a, double b) {
    require_nonzero(b, "float division by zero");
    return a / b;
  }
  static double apply(std::int64_t a, std::int64_t b) {
    require_nonzero(b, "division by zero");
    return python::true_divide(a, b);
  }
};

struct Pow {
  static IValue apply(double a, double b) {
    if (a == 0 && b < 0) throw Error("0.0 cannot be raised to a negative power");
    if (a < 0 && std::isfinite(b) && b != std::floor(b)) {
      throw Error("a negative number to a fractional power is complex");
    }
    double power = std::pow(a, b);
    if (std::isinf(power) && std::isfinite(a) && std::isfinite(b)) {
      throw Error("Numerical result out of range");
    }
    return power;
  }
  static IValue apply(std::int64_t a, std::int64_t b) {
    if (b < 0) return apply(static_cast<double>(a), static_cast<double>(b));
    return fitting(python::power(a, b));
  }
};

struct Max {
  template <typename T>
  static T apply(T a, T b) {
    return b > a ? b : a;  // the first of equals and of NaNs, as Python's max
  }
};

struct Min {
  template <typename T>
  static T apply(T a, T b) {
    return b < a ? b : a;
  }
};

template <typename Compare>
struct Comparison {
  template <typename T>
  static bool apply(T a, T b) {
    return Compare{}(a, b);
  }
};

/// Python's max and min of two bools is a bool.
template <typename Op>
IValue extremum(const IValue* args) {
  if (args[0].isBool() && args[1].isBool()) return Op::apply(args[0].toBool(), args[1].toBool());
  return arithmetic<Op>(args);
}

/// `&` and `|`: of bools a bool, of ints an int.
template <typename Op>
IValue bitwise(const IValue* args) {
  if (args[0].isBool() && args[1].isBool()) {
    return Op{}(as_int(args[0]), as_int(args[1])) != 0;
  }
  require_number(args[0]);
  require_number(args[1]);
  if (args[0].isDouble() || args[1].isDouble()) {
    throw Error("a bitwise operator takes no floats");
  }
  return Op{}(as_int(args[0]), as_int(args[1]));
}

std::int64_t shift_count(const IValue& value) {
  require_number(value);
  if (value.isDouble()) throw Error("a shift takes no floats");
  if (as_int(value) < 0) throw Error("negative shift count");
  return as_int(value);
}

IValue shift_left(const IValue* args) {
  auto count = shift_count(args[1]);
  require_number(args[0]);
  return fitting(python::shift_left(as_int(args[0]), count));
}

IValue shift_right(const IValue* args) {
  auto count = shift_count(args[1]);
  require_number(args[0]);
  return python::shift_right(as_int(args[0]), count);
}

IValue negate(const IValue* args) {
  require_number(args[0]);
  if (args[0].isDouble()) return -args[0].toDouble();
  return Sub::apply(std::int64_t{0}, as_int(args[0]));
}

IValue positive(const IValue* args) {
  require_number(args[0]);
  return args[0].isDouble() ? args[0] : IValue(as_int(args[0]));
}

IValue whole_number(double whole) {
  if (std::isnan(whole)) throw Error("cannot convert float NaN to integer");
  if (std::isinf(whole)) throw Error("cannot convert float infinity to integer");
  return fitting(python::to_integer(whole));
}

/// The integer that `Rounding` makes of a float; integers stay what they are.
template <double (*Rounding)(double)>
IValue rounded(const IValue* args) {
  require_number(args[0]);
  return args[0].isDouble() ? whole_number(Rounding(args[0].toDouble())) : IValue(as_int(args[0]));
}

IValue to_float(const IValue* args) {
  require_number(args[0]);
  return as_double(args[0]);
}

IValue logical_not(const IValue* args) {
  return !as_bool(args[0]);
}

IValue if_then_else(const IValue* args) {
  return as_bool(args[0]) ? args[1] : args[2];
}

IValue square_root(const IValue* args) {
  require_number(args[0]);
  if (as_double(args[0]) < 0) throw Error("math domain error");
  return std::sqrt(as_double(args[0]));
}

}  // namespace

void require_number(const c10::IValue& value) {
  if (value.isInt() || value.isDouble() || value.isBool()) return;
  throw Error("expected a number, but got a " + value.tagKind());
}

NumberFunction number_function(const std::string& target) {
  static const std::unordered_map<std::string, NumberFunction> kFunctions = {
      {"_operator.eq", arithmetic<Comparison<std::equal_to<>>>},
      {"_operator.ne", arithmetic<Comparison<std::not_equal_to<>>>},
      {"_operator.le", arithmetic<Comparison<std::less_equal<>>>},
      {"_operator.ge", arithmetic<Comparison<std::greater_equal<>>>},
      {"_operator.lt", arithmetic<Comparison<std::less<>>>},
      {"_operator.gt", arithmetic<Comparison<std::greater<>>>},
      {"_operator.neg", negate},
      {"_operator.pos", positive},
      {"_operator.mul", arithmetic<Mul>},
      {"_operator.add", arithmetic<Add>},
      {"_operator.sub", arithmetic<Sub>},
      {"_operator.floordiv", arithmetic<FloorDiv>},
      {"_operator.mod", arithmetic<Mod>},
      {"_operator.pow", arithmetic<Pow>},
      {"_operator.truediv", arithmetic<TrueDiv>},
      {"_operator.and_", bitwise<std::bit_and<>>},
      {"_operator.or_", bitwise<std::bit_or<>>},
      {"_operator.lshift", shift_left},
      {"_operator.rshift", shift_right},
      {"math.ceil", rounded<std::ceil>},
      {"math.floor", rounded<std::floor>},
      {"math.trunc", rounded<std::trunc>},
      {"builtins.round", rounded<std::nearbyint>},
      {"torch.sym_not", logical_not},
      {"torch.sym_int", rounded<std::trunc>},
      {"torch.sym_float", to_float},
      {"torch.sym_ite", if_then_else},
      {"torch.sym_max", extremum<Max>},
      {"torch.sym_min", extremum<Min>},
      {"torch._sym_sqrt", square_root},
  };
  return kFunctions.at(target);
}

}  // namespace roundtrip
