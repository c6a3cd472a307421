#pragma once

#include <c10/core/Device.h>
#include <c10/core/Scalar.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace c10 {
struct IValue;
}

namespace roundtrip {

/// How a C++ type becomes a Value and back:
///
/// - tensors, numbers, bool, `std::string`, `at::Scalar`, `std::optional`;
/// - `std::vector` and `std::array`: a list;
/// - `std::tuple`, `std::pair` and structs without constructors: a tuple, of a struct's members in
///   their order (`convert_struct.h`);
/// - `std::map` and `torch::OrderedDict`: a dict, the latter as Python's `OrderedDict`;
/// - `at::Device`: a string, `"cuda:0"`;
/// - `c10::IValue`: what it holds; Value itself.
///
/// Parameters of a function may be views, too (`callable.h`). `from_value` throws `Error` for a
/// value of another kind. Specialise for types of your own:
///
///     template <>
///     struct roundtrip::Convert<Box> {
///       static Box from_value(const Value& value) { return Box(value.tensor()); }
///       static Value to_value(const Box& box) { return box.corners(); }
///     };
template <typename T>
struct Convert;

/// Types that a value can become, and that can become one.
template <typename T>
concept FromValue = requires(const Value& value) {
  { Convert<T>::from_value(value) } -> std::same_as<T>;
};
template <typename T>
concept ToValue = requires(T value) {
  { Convert<T>::to_value(std::move(value)) } -> std::same_as<Value>;
};

template <>
struct Convert<Value> {
  static Value from_value(const Value& value) { return value; }
  static Value to_value(Value value) { return value; }
};

/// None is an undefined tensor.
template <>
struct Convert<at::Tensor> {
  static at::Tensor from_value(const Value& value) {
    return value.is_none() ? at::Tensor() : value.tensor();
  }
  static Value to_value(at::Tensor tensor) { return Value(std::move(tensor)); }
};

template <>
struct Convert<bool> {
  static bool from_value(const Value& value) { return value.to_bool(); }
  static Value to_value(bool value) { return Value(value); }
};

template <std::integral T>
struct Convert<T> {
  static T from_value(const Value& value) {
    const std::int64_t number = value.to_int();
    if (!std::in_range<T>(number)) {
      throw Error("the integer " + std::to_string(number) + " does not fit the parameter's type");
    }
    return static_cast<T>(number);
  }
  static Value to_value(T value) { return Value(value); }
};

template <std::floating_point T>
struct Convert<T> {
  static T from_value(const Value& value) { return static_cast<T>(value.to_double()); }
  static Value to_value(T value) { return Value(value); }
};

template <>
struct Convert<c10::SymInt> {
  static c10::SymInt from_value(const Value& value) { return value.sym_int(); }
  static Value to_value(const c10::SymInt& value) { return Value(value); }
};

template <>
struct Convert<c10::SymFloat> {
  static c10::SymFloat from_value(const Value& value) { return value.sym_float(); }
  static Value to_value(const c10::SymFloat& value) { return Value(value); }
};

template <>
struct Convert<c10::SymBool> {
  static c10::SymBool from_value(const Value& value) { return value.sym_bool(); }
  static Value to_value(const c10::SymBool& value) { return Value(value); }
};

template <>
struct Convert<std::complex<double>> {
  static std::complex<double> from_value(const Value& value) { return value.to_complex(); }
  static Value to_value(std::complex<double> value) { return Value(value); }
};

template <>
struct Convert<std::string> {
  static std::string from_value(const Value& value) { return value.string(); }
  static Value to_value(std::string value) { return Value(std::move(value)); }
};

template <>
struct Convert<Container> {
  static Container from_value(const Value& value) { return value.container(); }
  static Value to_value(Container container) { return Value(std::move(container)); }
};

/// One that is symbolic while a program is captured stays so.
template <>
struct Convert<c10::Scalar> {
  static c10::Scalar from_value(const Value& value);
  static Value to_value(const c10::Scalar& value);
};

/// `cpu`, `cuda:0`, as Python writes them.
template <>
struct Convert<c10::Device> {
  static c10::Device from_value(const Value& value);
  static Value to_value(const c10::Device& device) { return Value(device.str()); }
};

/// Lists of tensors, of numbers of one kind or of strings are of that type, others lists of any.
/// Throws `UnsupportedError` for a result that is an object.
template <>
struct Convert<c10::IValue> {
  static c10::IValue from_value(const Value& value);
  static Value to_value(const c10::IValue& value);
};

template <>
struct Convert<const char*> {
  static Value to_value(const char* value) { return Value(value); }
};

template <typename T>
struct Convert<std::optional<T>> {
  static std::optional<T> from_value(const Value& value) requires FromValue<T> {
    if (value.is_none()) return std::nullopt;
    return Convert<T>::from_value(value);
  }
  static Value to_value(std::optional<T> value) requires ToValue<T> {
    return value ? Convert<T>::to_value(std::move(*value)) : Value();
  }
};

namespace detail {

/// The items of a tuple or list; throws `Error` for anything else, and when there
/// are not `count` of them.
const Values& sequence_items(const Value& value);
const Values& sequence_items(const Value& value, std::size_t count);
/// The dict that it is, with as many keys as items; throws `Error` for anything else.
const Container& dict_items(const Value& value);

}  // namespace detail

}  // namespace roundtrip

#include <roundtrip/convert_containers.h>
#include <roundtrip/convert_struct.h>
