#pragma once

#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace roundtrip {

/// How a C++ type becomes a Value and back: tensors, numbers, bool, string,
/// `std::optional`, `std::vector` (a list), `std::tuple` and `std::pair` (a
/// tuple), Value itself. `from_value` throws `Error` for a value of another kind.
/// Specialise for types of your own.
template <typename T>
struct Convert;

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
struct Convert<const char*> {
  static Value to_value(const char* value) { return Value(value); }
};

template <typename T>
struct Convert<std::optional<T>> {
  static std::optional<T> from_value(const Value& value) {
    if (value.is_none()) return std::nullopt;
    return Convert<T>::from_value(value);
  }
  static Value to_value(std::optional<T> value) {
    return value ? Convert<T>::to_value(std::move(*value)) : Value();
  }
};

namespace detail {

/// The items of a tuple or list; throws `Error` for anything else, and when there
/// are not `count` of them.
const Values& sequence_items(const Value& value);
const Values& sequence_items(const Value& value, std::size_t count);

}  // namespace detail

template <typename T>
struct Convert<std::vector<T>> {
  static std::vector<T> from_value(const Value& value) {
    std::vector<T> result;
    for (const Value& item : detail::sequence_items(value)) {
      result.push_back(Convert<T>::from_value(item));
    }
    return result;
  }
  static Value to_value(std::vector<T> items) {
    Values values;
    for (auto&& item : items) values.push_back(Convert<T>::to_value(std::move(item)));
    return Value::list(std::move(values));
  }
};

template <typename... Ts>
struct Convert<std::tuple<Ts...>> {
  static std::tuple<Ts...> from_value(const Value& value) {
    return from_items(detail::sequence_items(value, sizeof...(Ts)),
                      std::index_sequence_for<Ts...>());
  }
  static Value to_value(std::tuple<Ts...> items) {
    return std::apply(
        [](Ts&... item) { return Value::tuple({Convert<Ts>::to_value(std::move(item))...}); },
        items);
  }

 private:
  template <std::size_t... I>
  static std::tuple<Ts...> from_items([[maybe_unused]] const Values& items,
                                      std::index_sequence<I...>) {
    return {Convert<Ts>::from_value(items[I])...};
  }
};

template <typename First, typename Second>
struct Convert<std::pair<First, Second>> {
  static std::pair<First, Second> from_value(const Value& value) {
    const Values& items = detail::sequence_items(value, 2);
    return {Convert<First>::from_value(items[0]), Convert<Second>::from_value(items[1])};
  }
  static Value to_value(std::pair<First, Second> pair) {
    return Value::tuple({Convert<First>::to_value(std::move(pair.first)),
                         Convert<Second>::to_value(std::move(pair.second))});
  }
};

namespace detail {

/// The function type `R(Args...)` of a callable with one signature.
template <typename F>
struct Signature : Signature<decltype(&F::operator())> {};
template <typename R, typename... Args>
struct Signature<R (*)(Args...)> {
  using type = R(Args...);
};
template <typename R, typename C, typename... Args>
struct Signature<R (C::*)(Args...)> {
  using type = R(Args...);
};
template <typename R, typename C, typename... Args>
struct Signature<R (C::*)(Args...) const> {
  using type = R(Args...);
};
template <typename F>
using SignatureOf = typename Signature<F>::type;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Throws `InputError` for the argument at `position` with `reason`.
[[noreturn]] void throw_argument_error(std::size_t position, const std::string& reason);

template <typename T>
T convert_argument(const Values& args, std::size_t position) {
  try {
    return Convert<T>::from_value(args[position]);
  } catch (const Error& error) {
    throw_argument_error(position, error.what());
  }
}

/// Calls a function of signature `R(Args...)` with Values.
template <typename F>
struct CallAdapter;
template <typename R, typename... Args>
struct CallAdapter<R(Args...)> {
  static std::vector<bool> may_be_missing() { return {is_optional<std::remove_cvref_t<Args>>...}; }

  template <typename F>
  static Value call(F& function, const Values& args) {
    return call(function, args, std::index_sequence_for<Args...>());
  }

 private:
  template <typename F, std::size_t... I>
  static Value call(F& function, [[maybe_unused]] const Values& args, std::index_sequence<I...>) {
    std::tuple<std::remove_cvref_t<Args>...> converted{
        convert_argument<std::remove_cvref_t<Args>>(args, I)...};
    if constexpr (std::is_void_v<R>) {
      function(std::forward<Args>(std::get<I>(converted))...);
      return {};
    } else {
      return Convert<std::remove_cvref_t<R>>::to_value(
          function(std::forward<Args>(std::get<I>(converted))...));
    }
  }
};

}  // namespace detail
}  // namespace roundtrip
