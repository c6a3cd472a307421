#include "export/interpreter/sym_ops.h"

#include <roundtrip/error.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "export/capture/sym_node.h"
#include "export/symbolic/python_numbers.h"

namespace roundtrip {

namespace {

using c10::IValue;

void require_number(const IValue& value) {
  if (value.isInt() || value.isDouble() || value.isBool()) return;
  throw Error("expected a number, but got a " + value.tagKind());
}

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

IValue truncate(const IValue* args) {
  require_number(args[0]);
  if (!args[0].isDouble()) return as_int(args[0]);
  double whole = std::trunc(args[0].toDouble());
  if (std::isnan(whole)) throw Error("cannot convert float NaN to integer");
  if (std::isinf(whole)) throw Error("cannot convert float infinity to integer");
  return fitting(python::to_integer(whole));
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

using SymNodes = std::vector<c10::SymNode>;

template <c10::SymNode (c10::SymNodeImpl::*Method)()>
c10::SymNode unary(const SymNodes& args) {
  return (args[0].get()->*Method)();
}

template <c10::SymNode (c10::SymNodeImpl::*Method)(const c10::SymNode&)>
c10::SymNode binary(const SymNodes& args) {
  return (args[0].get()->*Method)(args[1]);
}

c10::SymNode same(const SymNodes& args) {
  return args[0];
}

c10::SymNode select(const SymNodes& args) {
  return args[0]->sym_ite(args[1], args[2]);
}

/// A function that LibTorch's numbers lack.
template <c10::SymNode (roundtrip::SymNode::*Method)()>
c10::SymNode own(const SymNodes& args) {
  SymNode* number = as_sym_node(args[0]);
  if (number == nullptr) throw CaptureError("a symbolic number of another capture is used");
  return (number->*Method)();
}

c10::SymNode no_symbols(const SymNodes&) {
  throw UnsupportedError("the operator cannot be captured again on symbols yet");
}

c10::SymNode node_of(const IValue& value) {
  if (value.isSymInt()) return value.toSymInt().toSymNode();
  if (value.isSymFloat()) return value.toSymFloat().toSymNodeImpl();
  if (value.isSymBool()) return value.toSymBool().toSymNodeImpl();
  return {};
}

/// A number as a node of the same capture as `other`.
c10::SymNode wrap(const IValue& value, const c10::SymNode& other) {
  if (c10::SymNode node = node_of(value)) return node;
  require_number(value);
  if (value.isBool()) return other->wrap_bool(value.toBool());
  return value.isInt() ? other->wrap_int(value.toInt()) : other->wrap_float(value.toDouble());
}

IValue unwrap(const c10::SymNode& node) {
  if (node->is_int()) return c10::SymInt(node);
  if (node->is_float()) return c10::SymFloat(node);
  return c10::SymBool(node);
}

}  // namespace

IValue apply(const SymOp& op, const IValue* args) {
  c10::SymNode symbol;
  for (std::size_t i = 0; i < op.arity && !symbol; ++i) symbol = node_of(args[i]);
  if (!symbol) return op.function(args);
  SymNodes nodes;
  for (std::size_t i = 0; i < op.arity; ++i) nodes.push_back(wrap(args[i], symbol));
  return unwrap(op.symbolic(nodes));
}

const SymOp* find_sym_op(const std::string& target) {
  static const std::unordered_map<std::string, SymOp> kOps = {
      {"_operator.eq", {2, arithmetic<Comparison<std::equal_to<>>>, binary<&c10::SymNodeImpl::eq>}},
      {"_operator.ne",
       {2, arithmetic<Comparison<std::not_equal_to<>>>, binary<&c10::SymNodeImpl::ne>}},
      {"_operator.le",
       {2, arithmetic<Comparison<std::less_equal<>>>, binary<&c10::SymNodeImpl::le>}},
      {"_operator.ge",
       {2, arithmetic<Comparison<std::greater_equal<>>>, binary<&c10::SymNodeImpl::ge>}},
      {"_operator.lt", {2, arithmetic<Comparison<std::less<>>>, binary<&c10::SymNodeImpl::lt>}},
      {"_operator.gt", {2, arithmetic<Comparison<std::greater<>>>, binary<&c10::SymNodeImpl::gt>}},
      {"_operator.neg", {1, negate, unary<&c10::SymNodeImpl::neg>}},
      {"_operator.pos", {1, positive, same}},
      {"_operator.mul", {2, arithmetic<Mul>, binary<&c10::SymNodeImpl::mul>}},
      {"_operator.add", {2, arithmetic<Add>, binary<&c10::SymNodeImpl::add>}},
      {"_operator.sub", {2, arithmetic<Sub>, binary<&c10::SymNodeImpl::sub>}},
      {"_operator.floordiv", {2, arithmetic<FloorDiv>, binary<&c10::SymNodeImpl::floordiv>}},
      {"_operator.mod", {2, arithmetic<Mod>, binary<&c10::SymNodeImpl::mod>}},
      {"_operator.pow", {2, arithmetic<Pow>, binary<&c10::SymNodeImpl::pow>}},
      {"_operator.truediv", {2, arithmetic<TrueDiv>, binary<&c10::SymNodeImpl::truediv>}},
      {"_operator.and_", {2, bitwise<std::bit_and<>>, binary<&c10::SymNodeImpl::sym_and>}},
      {"_operator.or_", {2, bitwise<std::bit_or<>>, binary<&c10::SymNodeImpl::sym_or>}},
      {"_operator.lshift", {2, shift_left, no_symbols}},
      {"_operator.rshift", {2, shift_right, no_symbols}},
      {"math.trunc", {1, truncate, own<&SymNode::trunc>}},
      {"torch.sym_not", {1, logical_not, unary<&c10::SymNodeImpl::sym_not>}},
      {"torch.sym_int", {1, truncate, no_symbols}},
      {"torch.sym_float", {1, to_float, unary<&c10::SymNodeImpl::sym_float>}},
      {"torch.sym_ite", {3, if_then_else, select}},
      {"torch.sym_max", {2, extremum<Max>, binary<&c10::SymNodeImpl::sym_max>}},
      {"torch.sym_min", {2, extremum<Min>, binary<&c10::SymNodeImpl::sym_min>}},
      {"torch._sym_sqrt", {1, square_root, own<&SymNode::sqrt>}},
  };
  auto found = kOps.find(target);
  return found == kOps.end() ? nullptr : &found->second;
}

}  // namespace roundtrip
