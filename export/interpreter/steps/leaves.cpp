#include "export/interpreter/steps/leaves.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <complex>

namespace roundtrip {

c10::IValue box_leaf(const Value& value) {
  if (value.is_tensor()) return value.tensor();
  if (value.is_bool()) return value.to_bool();
  if (value.is_int()) return value.to_int();
  if (value.is_double()) return value.to_double();
  if (value.is_string()) return value.string();
  if (value.is_sym_int()) return value.sym_int();
  if (value.is_sym_float()) return value.sym_float();
  if (value.is_sym_bool()) return value.sym_bool();
  if (!value.is_complex()) return {};
  auto number = value.to_complex();
  return c10::complex<double>(number.real(), number.imag());
}

Value output_value(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor();
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isString()) return value.toStringRef();
  if (value.isNone()) return {};
  if (value.isSymInt()) return value.toSymInt();
  if (value.isSymFloat()) return value.toSymFloat();
  if (value.isSymBool()) return value.toSymBool();
  TORCH_CHECK(value.isComplexDouble(), "a program cannot return a ", value.tagKind());
  auto number = value.toComplexDouble();
  return std::complex<double>(number.real(), number.imag());
}

}  // namespace roundtrip
