#include <ATen/ops/allclose.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <algorithm>
#include <cstring>

#include "export/program/tensor_copies.h"

namespace roundtrip {

Value::Value(const c10::SymInt& value) {
  if (const auto number = value.maybe_as_int()) {
    data_ = *number;
  } else {
    data_ = value;
  }
}

Value::Value(const c10::SymFloat& value) {
  if (value.is_symbolic()) {
    data_ = value;
  } else {
    data_ = value.as_float_unchecked();
  }
}

Value::Value(const c10::SymBool& value) {
  if (const auto truth = value.maybe_as_bool()) {
    data_ = *truth;
  } else {
    data_ = value;
  }
}

Value Value::tuple(Values items) {
  return Container{.type = "builtins.tuple", .keys = {}, .items = std::move(items)};
}

Value Value::list(Values items) {
  return Container{.type = "builtins.list", .keys = {}, .items = std::move(items)};
}

Value Value::dict(std::vector<std::pair<Value, Value>> entries) {
  Container dict{.type = "builtins.dict", .keys = {}, .items = {}};
  for (auto& [key, value] : entries) {
    dict.keys.push_back(std::move(key));
    dict.items.push_back(std::move(value));
  }
  return dict;
}

namespace {

template <typename T, typename Variant>
auto& held(Variant& data, const Value& value, const char* wanted) {
  if (auto* found = std::get_if<T>(&data)) return *found;
  throw Error(std::string("expected ") + wanted + ", but the value is a " + value.type_name());
}

}  // namespace

const at::Tensor& Value::tensor() const {
  return held<at::Tensor>(data_, *this, "a Tensor");
}
bool Value::to_bool() const {
  return held<bool>(data_, *this, "a bool");
}
std::int64_t Value::to_int() const {
  return held<std::int64_t>(data_, *this, "an int");
}
double Value::to_double() const {
  if (is_int()) return static_cast<double>(to_int());
  return held<double>(data_, *this, "a float");
}
std::complex<double> Value::to_complex() const {
  if (!is_complex()) return to_double();
  return std::get<std::complex<double>>(data_);
}
const std::string& Value::string() const {
  return held<std::string>(data_, *this, "a str");
}
c10::SymInt Value::sym_int() const {
  if (is_int()) return to_int();
  return held<c10::SymInt>(data_, *this, "an int");
}
c10::SymFloat Value::sym_float() const {
  if (is_int() || is_double()) return to_double();
  return held<c10::SymFloat>(data_, *this, "a float");
}
c10::SymBool Value::sym_bool() const {
  if (is_bool()) return to_bool();
  return held<c10::SymBool>(data_, *this, "a bool");
}
const Container& Value::container() const {
  return held<Container>(data_, *this, "a container");
}
Container& Value::container() {
  return held<Container>(data_, *this, "a container");
}

const Value& Value::operator[](std::size_t index) const {
  const auto& items = container().items;
  if (index < items.size()) return items[index];
  throw Error("index " + std::to_string(index) + " is past the end of a " + type_name() + " of " +
              std::to_string(items.size()));
}

const Value& Value::operator[](const std::string& key) const {
  const auto& dict = container();
  std::string known;
  for (std::size_t i = 0; i < dict.keys.size(); ++i) {
    if (!dict.keys[i].is_string()) continue;
    if (dict.keys[i].string() == key) return dict.items[i];
    known += (known.empty() ? "" : ", ") + dict.keys[i].string();
  }
  throw Error("a " + type_name() + " has no key '" + key + "'; its keys: " + known);
}

std::size_t Value::size() const {
  return container().items.size();
}

std::string Value::type_name() const {
  static const char* const kNames[] = {"NoneType", "Tensor", "bool",   "int",      "float",
                                       "complex",  "str",    "SymInt", "SymFloat", "SymBool"};
  if (!is_container()) return kNames[data_.index()];
  const auto& type = container().type;
  return type.substr(type.rfind('.') + 1);
}

namespace {

/// A Tensor's bytes in row-major order, whatever its strides.
bool same_bits(const at::Tensor& left, const at::Tensor& right) {
  if (left.scalar_type() != right.scalar_type() || left.sizes() != right.sizes()) return false;
  auto in_row_major_order = [](const at::Tensor& tensor) {
    return with_memory(tensor).detach().cpu().resolve_conj().resolve_neg().contiguous();
  };
  const at::Tensor a = in_row_major_order(left);
  const at::Tensor b = in_row_major_order(right);
  const auto* bytes = static_cast<const char*>(a.const_data_ptr());
  return std::equal(bytes, bytes + a.nbytes(), static_cast<const char*>(b.const_data_ptr()));
}

/// Integers do not, and numbers of 8 bits LibTorch does not compare.
bool rounds(c10::ScalarType dtype) {
  return (at::isFloatingType(dtype) || at::isComplexType(dtype)) && c10::elementSize(dtype) > 1;
}

/// How much rounding may change an element, relative to it.
double rounding_of(c10::ScalarType dtype) {
  return dtype == c10::ScalarType::BFloat16 ? 1.6e-2 : dtype == c10::ScalarType::Half ? 1e-3 : 1e-5;
}

bool same_but_rounding(const at::Tensor& left, const at::Tensor& right) {
  if (same_bits(left, right)) return true;
  return rounds(left.scalar_type()) && left.scalar_type() == right.scalar_type() &&
         left.sizes() == right.sizes() &&
         at::allclose(left, right, rounding_of(left.scalar_type()), 1e-6, /*equal_nan=*/true);
}

using Equal = bool (*)(const Value& left, const Value& right);

bool all_equal(const Values& left, const Values& right, Equal equal) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
}

bool containers_equal(const Container& left, const Container& right, Equal equal) {
  return left.type == right.type && left.context == right.context &&
         left.has_json_context == right.has_json_context &&
         all_equal(left.keys, right.keys, bitwise_equal) &&
         all_equal(left.items, right.items, equal);
}

}  // namespace

bool bitwise_equal(const Value& left, const Value& right) {
  if (left.is_tensor() && right.is_tensor()) return same_bits(left.tensor(), right.tensor());
  if (left.is_container() && right.is_container()) {
    return containers_equal(left.container(), right.container(), bitwise_equal);
  }
  if (left.type_name() != right.type_name()) return false;
  if (left.is_bool()) return left.to_bool() == right.to_bool();
  if (left.is_int()) return left.to_int() == right.to_int();
  if (left.is_double()) {
    double a = left.to_double(), b = right.to_double();
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
  if (left.is_complex()) {
    auto a = left.to_complex(), b = right.to_complex();
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
  return !left.is_string() || left.string() == right.string();
}

bool allclose(const Value& left, const Value& right) {
  if (left.is_tensor() && right.is_tensor()) {
    return same_but_rounding(left.tensor(), right.tensor());
  }
  if (left.is_container() && right.is_container()) {
    return containers_equal(left.container(), right.container(), allclose);
  }
  return bitwise_equal(left, right);
}

}  // namespace roundtrip
