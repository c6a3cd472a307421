#pragma once

#include <roundtrip/convert.h>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

/// Conversions of structs, which `convert.h` includes.

namespace roundtrip {
namespace detail {

/// Stands for a member of any type, or a base, to count what a struct is made of.
template <typename Struct>
struct AnyMember {
  template <typename T>
  requires(!std::same_as<T, Struct>) operator T() const;
};
template <typename Struct>
struct AnyBase {
  template <typename T>
  requires(!std::same_as<T, Struct> && std::is_base_of_v<T, Struct>) operator T() const;
};

template <typename Struct, std::size_t... I>
consteval bool is_made_of(std::index_sequence<I...>) {
  return requires {
    Struct{(static_cast<void>(I), AnyMember<Struct>())...};
  };
}

inline constexpr std::size_t kMostMembers = 16;

/// One more than `kMostMembers` stands for any number beyond. Bases count.
template <typename Struct, std::size_t Count = kMostMembers + 1>
consteval std::size_t num_members() {
  if constexpr (Count == 0) {
    return 0;
  } else if constexpr (is_made_of<Struct>(std::make_index_sequence<Count>())) {
    return Count;
  } else {
    return num_members<Struct, Count - 1>();
  }
}

/// Bases come before members.
template <typename Struct, std::size_t First, std::size_t... I>
consteval bool has_base(std::index_sequence<First, I...>) {
  return requires {
    Struct{AnyBase<Struct>(), (static_cast<void>(I), AnyMember<Struct>())...};
  };
}
template <typename Struct>
consteval bool has_base(std::index_sequence<>) {
  return false;
}

/// A struct without constructors, bases and members that are references or constant; its members
/// are no arrays.
template <typename T>
concept PlainStruct = std::is_class_v<T> && std::is_aggregate_v<T> &&
    std::is_move_assignable_v<T> && num_members<T>()
<= kMostMembers && !has_base<T>(std::make_index_sequence<num_members<T>()>());

/// References to the members.
template <PlainStruct Struct>
auto members_of(Struct& all) {
  constexpr std::size_t count = num_members<Struct>();
  if constexpr (count == 0) {
    return std::tie();
  } else if constexpr (count == 1) {
    auto& [a] = all;
    return std::tie(a);
  } else if constexpr (count == 2) {
    auto& [a, b] = all;
    return std::tie(a, b);
  } else if constexpr (count == 3) {
    auto& [a, b, c] = all;
    return std::tie(a, b, c);
  } else if constexpr (count == 4) {
    auto& [a, b, c, d] = all;
    return std::tie(a, b, c, d);
  } else if constexpr (count == 5) {
    auto& [a, b, c, d, e] = all;
    return std::tie(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto& [a, b, c, d, e, f] = all;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (count == 7) {
    auto& [a, b, c, d, e, f, g] = all;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (count == 8) {
    auto& [a, b, c, d, e, f, g, h] = all;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (count == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = all;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (count == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (count == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (count == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (count == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (count == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (count == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (count == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = all;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  }
}

template <PlainStruct Struct>
using MembersOf = decltype(members_of(std::declval<Struct&>()));
template <typename Struct, std::size_t I>
using MemberOf = std::remove_cvref_t<std::tuple_element_t<I, MembersOf<Struct>>>;

template <typename Struct, std::size_t... I>
consteval bool are_from_value(std::index_sequence<I...>) {
  return (FromValue<MemberOf<Struct, I>> && ...);
}
template <typename Struct, std::size_t... I>
consteval bool are_to_value(std::index_sequence<I...>) {
  return (ToValue<MemberOf<Struct, I>> && ...);
}

}  // namespace detail

template <detail::PlainStruct Struct>
struct Convert<Struct> {
 private:
  static constexpr std::size_t kCount = detail::num_members<Struct>();
  using Indices = std::make_index_sequence<kCount>;

 public:
  static Struct from_value(const Value& value) requires(detail::are_from_value<Struct>(Indices())) {
    return from_items(detail::sequence_items(value, kCount), Indices());
  }
  static Value to_value(Struct all) requires(detail::are_to_value<Struct>(Indices())) {
    return to_items(detail::members_of(all), Indices());
  }

 private:
  template <std::size_t... I>
  static Struct from_items([[maybe_unused]] const Values& items, std::index_sequence<I...>) {
    return Struct{Convert<detail::MemberOf<Struct, I>>::from_value(items[I])...};
  }
  template <typename Members, std::size_t... I>
  static Value to_items([[maybe_unused]] Members members, std::index_sequence<I...>) {
    return Value::tuple(
        {Convert<detail::MemberOf<Struct, I>>::to_value(std::move(std::get<I>(members)))...});
  }
};

}  // namespace roundtrip
