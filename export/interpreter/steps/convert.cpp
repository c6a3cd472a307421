#include "export/interpreter/steps/convert.h"

#include <ATen/ScalarOps.h>
#include <roundtrip/error.h>

#include <unordered_map>

#include "export/dispatch/symbolic_number.h"

namespace roundtrip {

namespace {

using c10::IValue;
using c10::TypeKind;

[[noreturn]] void mismatch(const IValue& value) {
  throw Error("is a " + value.tagKind());
}

bool is_number(const IValue& value) {
  return value.isInt() || value.isDouble() || value.isBool() || value.isComplexDouble() ||
         value.isSymInt() || value.isSymFloat() || value.isSymBool();
}

/// A number in a Tensor's place: a 0-d tensor that leaves the other operand's
/// dtype as it is.
IValue to_tensor(const IValue& value) {
  if (value.isTensor()) return value;
  if (!is_number(value)) mismatch(value);
  if (value.isSymInt()) return symbolic_number(value.toSymInt().toSymNode()).as_tensor();
  if (value.isSymFloat()) return symbolic_number(value.toSymFloat().toSymNodeImpl()).as_tensor();
  if (value.isSymBool()) return symbolic_number(value.toSymBool().toSymNodeImpl()).as_tensor();
  at::Tensor tensor = c10::scalar_to_tensor(value.toScalar());
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

IValue to_float(const IValue& value) {
  if (value.isDouble() || value.isSymFloat()) return value;
  if (value.isInt()) return static_cast<double>(value.toInt());
  if (value.isSymInt()) return static_cast<c10::SymFloat>(value.toSymInt());
  if (value.isBool()) return value.toBool() ? 1.0 : 0.0;
  mismatch(value);
}

IValue to_int(const IValue& value) {
  if (value.isInt() || value.isSymInt()) return value;
  if (value.isBool()) return static_cast<std::int64_t>(value.toBool());
  mismatch(value);
}

IValue to_bool(const IValue& value) {
  if (value.isBool() || value.isSymBool()) return value;
  if (value.isInt()) return value.toInt() != 0;
  mismatch(value);
}

IValue to_number(const IValue& value) {
  if (is_number(value)) return value;
  mismatch(value);
}

IValue to_string(const IValue& value) {
  if (value.isString()) return value;
  mismatch(value);
}

IValue to_device(const IValue& value) {
  if (value.isDevice()) return value;
  if (value.isString()) return c10::Device(value.toStringRef());
  mismatch(value);
}

IValue to_optional_tensor(const IValue& value) {
  return value.isNone() ? value : to_tensor(value);
}

/// What a collective takes as its group: a name, or an object that no program can hold.
IValue to_any(const IValue& value) {
  if (value.isString() || is_number(value)) return value;
  mismatch(value);
}

/// dtypes, layouts and memory formats: boxed as ints.
IValue to_enum(const IValue& value) {
  return value;
}

}  // namespace

Conversion conversion_to(const c10::Type& type) {
  static const std::unordered_map<TypeKind, Conversion> kConversions = {
      {TypeKind::FloatType, to_float},      {TypeKind::SymFloatType, to_float},
      {TypeKind::IntType, to_int},          {TypeKind::SymIntType, to_int},
      {TypeKind::BoolType, to_bool},        {TypeKind::SymBoolType, to_bool},
      {TypeKind::NumberType, to_number},    {TypeKind::StringType, to_string},
      {TypeKind::DeviceObjType, to_device}, {TypeKind::ScalarTypeType, to_enum},
      {TypeKind::LayoutType, to_enum},      {TypeKind::MemoryFormatType, to_enum},
      {TypeKind::AnyType, to_any},
  };
  if (type.isSubtypeOf(*c10::OptionalType::ofTensor())) {
    return type.kind() == TypeKind::OptionalType ? to_optional_tensor : to_tensor;
  }
  auto found = kConversions.find(type.kind());
  if (found != kConversions.end()) return found->second;
  throw Error("is of a type whose values no program can give");
}

c10::TypePtr boxed_type(const c10::TypePtr& type) {
  return type->kind() == TypeKind::SymIntType ? c10::TypePtr(c10::IntType::get()) : type;
}

}  // namespace roundtrip
