#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <roundtrip/convert.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/interpreter/steps/leaves.h"

namespace roundtrip {

using c10::IValue;

c10::Scalar Convert<c10::Scalar>::from_value(const Value& value) {
  if (value.is_bool()) return value.to_bool();
  if (value.is_int()) return value.to_int();
  if (value.is_double()) return value.to_double();
  if (value.is_sym_int()) return value.sym_int();
  if (value.is_sym_float()) return value.sym_float();
  if (value.is_sym_bool()) return value.sym_bool();
  if (!value.is_complex())
    throw Error("expected a number, but the value is a " + value.type_name());
  return c10::complex<double>(value.to_complex());
}

Value Convert<c10::Scalar>::to_value(const c10::Scalar& value) {
  if (value.isBoolean()) return value.isSymbolic() ? Value(value.toSymBool()) : value.toBool();
  if (value.isIntegral(/*includeBool=*/false)) {
    return value.isSymbolic() ? Value(value.toSymInt()) : value.toLong();
  }
  if (value.isComplex()) return std::complex<double>(value.toComplexDouble());
  return value.isSymbolic() ? Value(value.toSymFloat()) : value.toDouble();
}

c10::Device Convert<c10::Device>::from_value(const Value& value) {
  const std::string& text = value.string();
  try {
    return c10::Device(text);
  } catch (const c10::Error&) {
    throw Error("expected a device such as 'cpu' or 'cuda:0', got '" + text + "'");
  }
}

namespace {

/// The type of all elements, as far as IValues know typed lists of it.
c10::TypePtr element_type(const std::vector<IValue>& items) {
  const auto all = [&](bool (IValue::*is)() const) {
    return std::all_of(items.begin(), items.end(),
                       [&](const IValue& item) { return (item.*is)(); });
  };
  if (items.empty()) return c10::AnyType::get();
  if (all(&IValue::isTensor)) return c10::TensorType::get();
  if (all(&IValue::isBool)) return c10::BoolType::get();
  if (all(&IValue::isInt)) return c10::IntType::get();
  if (all(&IValue::isDouble)) return c10::FloatType::get();
  if (all(&IValue::isString)) return c10::StringType::get();
  return c10::AnyType::get();
}

IValue list_ivalue(const std::vector<IValue>& items) {
  c10::impl::GenericList list(element_type(items));
  for (const IValue& item : items) list.push_back(item);
  return list;
}

IValue dict_ivalue(const Container& dict, const std::vector<IValue>& items) {
  std::vector<IValue> keys;
  for (const Value& key : dict.keys) keys.push_back(Convert<IValue>::from_value(key));
  c10::impl::GenericDict result(element_type(keys), element_type(items));
  for (std::size_t i = 0; i < items.size(); ++i) result.insert(keys[i], items[i]);
  return result;
}

Values values_of(c10::ArrayRef<IValue> items) {
  Values values;
  for (const IValue& item : items) values.push_back(Convert<IValue>::to_value(item));
  return values;
}

Value dict_value(const IValue& dict) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& entry : dict.toGenericDict()) {
    entries.emplace_back(Convert<IValue>::to_value(entry.key()),
                         Convert<IValue>::to_value(entry.value()));
  }
  return Value::dict(std::move(entries));
}

}  // namespace

IValue Convert<IValue>::from_value(const Value& value) {
  if (!value.is_container()) return box_leaf(value);
  const Container& container = value.container();
  std::vector<IValue> items;
  for (const Value& item : container.items) items.push_back(from_value(item));
  if (container.type == "builtins.list") return list_ivalue(items);
  if (container.type == "builtins.tuple") return c10::ivalue::Tuple::create(std::move(items));
  return dict_ivalue(detail::dict_items(value), items);
}

Value Convert<IValue>::to_value(const IValue& value) {
  if (value.isNone()) return {};
  if (value.isTensor()) return value.toTensor();
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isComplexDouble()) return std::complex<double>(value.toComplexDouble());
  if (value.isString()) return value.toStringRef();
  if (value.isSymInt()) return value.toSymInt();
  if (value.isSymFloat()) return value.toSymFloat();
  if (value.isSymBool()) return value.toSymBool();
  if (value.isTuple()) return Value::tuple(values_of(value.toTupleRef().elements()));
  if (value.isList()) return Value::list(values_of(value.toListRef()));
  if (value.isGenericDict()) return dict_value(value);
  throw UnsupportedError("the model returns a " + value.type()->repr_str() +
                         ", which a program cannot: return its tensors and numbers");
}

}  // namespace roundtrip
