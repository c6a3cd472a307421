#pragma once

#include <c10/util/ArrayRef.h>
#include <roundtrip/convert.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// How functions of C++ types are called with Values: what `Module` and control flow do with
/// what they are given.
///
/// A parameter has a type with a `Convert` (`convert.h`), by value or reference; or it is a view
/// (`at::IntArrayRef`, `at::TensorList`, `c10::SymIntArrayRef`, `std::string_view`, an optional
/// one) of what lives until the function has returned. A result owns what it holds: a view may look
/// at what is gone when the function returns, so it is refused. Default values of parameters are
/// known to functions that are called by their name: lambdas, `forward` of a model. Those of a
/// function that goes by a pointer are not.

namespace roundtrip::detail {

/// The function type `R(Args...)` of a callable with one signature: it has a member type
/// `Signature` that says so, or one `operator()`, or is a pointer to a function.
template <typename F>
struct SignatureOfCallable {};
template <typename F>
requires requires {
  typename F::Signature;
}
struct SignatureOfCallable<F> {
  using type = typename F::Signature;
};
template <typename R, bool N, typename... Args>
struct SignatureOfCallable<R (*)(Args...) noexcept(N)> {
  using type = R(Args...);
};
template <typename R, typename C, bool N, typename... Args>
struct SignatureOfCallable<R (C::*)(Args...) noexcept(N)> {
  using type = R(Args...);
};
template <typename R, typename C, bool N, typename... Args>
struct SignatureOfCallable<R (C::*)(Args...) const noexcept(N)> {
  using type = R(Args...);
};
template <typename R, typename C, bool N, typename... Args>
struct SignatureOfCallable<R (C::*)(Args...)& noexcept(N)> {
  using type = R(Args...);
};
template <typename R, typename C, bool N, typename... Args>
struct SignatureOfCallable<R (C::*)(Args...) const& noexcept(N)> {
  using type = R(Args...);
};
template <typename F>
requires requires {
  &F::operator();
} &&(!requires { typename F::Signature; }) struct SignatureOfCallable<F>
    : SignatureOfCallable<decltype(&F::operator())> {
};

template <typename F>
using SignatureOf = typename SignatureOfCallable<F>::type;
template <typename F>
concept HasSignature = requires {
  typename SignatureOf<F>;
};

/// For a `static_assert` in a branch that is not to be.
template <typename...>
inline constexpr bool kNever = false;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What an argument lies in while the function runs, and what a view looks at.
template <typename T>
struct StorageOf {
  using type = T;
};
template <typename T>
struct StorageOf<c10::ArrayRef<T>> {
  using type = std::vector<T>;
};
template <>
struct StorageOf<std::string_view> {
  using type = std::string;
};
template <typename T>
struct StorageOf<std::optional<T>> {
  using type = std::optional<typename StorageOf<T>::type>;
};

template <typename T>
struct ParameterType {
  using Storage = typename StorageOf<T>::type;
  static_assert(
      FromValue<Storage>,
      "a parameter of the function has the type T of ParameterType<T> above, or contains "
      "it, which no roundtrip::Value becomes: take a type that roundtrip/convert.h lists, "
      "or specialise roundtrip::Convert<T> with from_value");
};

template <typename T>
struct ResultType {
  static constexpr bool kIsView = !std::same_as<T, typename StorageOf<T>::type>;
  static constexpr bool kBecomesValue = !kIsView && ToValue<T>;
  static_assert(
      !kIsView,
      "the function returns a view, T of ResultType<T> above, of what may be gone when it "
      "has returned: return what owns its elements, as std::vector and std::string do");
  static_assert(kBecomesValue || kIsView,
                "the function returns the type T of ResultType<T> above, which becomes no "
                "roundtrip::Value: return a type that roundtrip/convert.h lists, or specialise "
                "roundtrip::Convert<T> with to_value");
};

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

/// Which arguments a function may go without.
struct Parameters {
  /// Of each parameter, whether it is a `std::optional`, which is empty without its argument.
  std::vector<bool> may_be_missing;
  /// The others have default values.
  std::size_t num_required = 0;
};

/// Calls a function of signature `R(Args...)` with Values.
template <typename F, typename Signature = SignatureOf<F>>
struct CallAdapter;
template <typename F, typename R, typename... Args>
struct CallAdapter<F, R(Args...)> {
  static Parameters parameters() {
    return {{is_optional<std::remove_cvref_t<Args>>...}, kRequired};
  }

  /// With as many arguments as are given, which are all that are required at least.
  static Value call(F& function, const Values& args) {
    return call_with<kRequired>(function, args);
  }

 private:
  template <std::size_t I>
  using ArgumentOf = std::tuple_element_t<I, std::tuple<Args...>>;

  template <std::size_t... I>
  static constexpr bool takes(std::index_sequence<I...>) {
    return std::is_invocable_v<F&, ArgumentOf<I>...>;
  }

  template <std::size_t Count = sizeof...(Args)>
  static constexpr std::size_t num_required() {
    if constexpr (Count == 0) {
      return 0;
    } else if constexpr (takes(std::make_index_sequence<Count - 1>())) {
      return num_required<Count - 1>();
    } else {
      return Count;
    }
  }

  static constexpr std::size_t kRequired = num_required();

  template <std::size_t Count>
  static Value call_with(F& function, const Values& args) {
    if constexpr (Count < sizeof...(Args)) {
      if (args.size() > Count) return call_with<Count + 1>(function, args);
    }
    return call(function, args, std::make_index_sequence<Count>());
  }

  template <std::size_t I>
  using StorageOfArgument = typename ParameterType<std::remove_cvref_t<ArgumentOf<I>>>::Storage;

  template <std::size_t... I>
  static Value call(F& function, [[maybe_unused]] const Values& args, std::index_sequence<I...>) {
    if constexpr ((FromValue<StorageOfArgument<I>> && ...)) {
      std::tuple<StorageOfArgument<I>...> converted{
          convert_argument<StorageOfArgument<I>>(args, I)...};
      return result(
          [&]() -> R { return function(pass<ArgumentOf<I>>(std::get<I>(converted))...); });
    }
  }

  template <typename Call>
  static Value result(const Call& call) {
    using Result = std::remove_cvref_t<R>;
    if constexpr (std::is_void_v<R>) {
      call();
      return {};
    } else if constexpr (ResultType<Result>::kBecomesValue) {
      return Convert<Result>::to_value(call());
    }
  }

  template <typename Arg, typename Storage>
  static decltype(auto) pass(Storage& converted) {
    if constexpr (std::same_as<std::remove_cvref_t<Arg>, Storage>) {
      return std::forward<Arg>(converted);
    } else {
      return std::remove_cvref_t<Arg>(converted);
    }
  }
};

}  // namespace roundtrip::detail
