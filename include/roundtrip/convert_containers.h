#pragma once

#include <roundtrip/convert.h>

#include <array>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

/// Conversions of lists, tuples and dicts, which `convert.h` includes.

namespace torch {
template <typename Key, typename Value>
class OrderedDict;
}

namespace roundtrip {

template <typename T>
struct Convert<std::vector<T>> {
  static std::vector<T> from_value(const Value& value) requires FromValue<T> {
    std::vector<T> result;
    for (const Value& item : detail::sequence_items(value)) {
      result.push_back(Convert<T>::from_value(item));
    }
    return result;
  }
  static Value to_value(std::vector<T> items) requires ToValue<T> {
    Values values;
    for (auto&& item : items) values.push_back(Convert<T>::to_value(std::move(item)));
    return Value::list(std::move(values));
  }
};

template <typename... Ts>
struct Convert<std::tuple<Ts...>> {
  static std::tuple<Ts...> from_value(const Value& value) requires(FromValue<Ts>&&...) {
    return from_items(detail::sequence_items(value, sizeof...(Ts)),
                      std::index_sequence_for<Ts...>());
  }
  static Value to_value(std::tuple<Ts...> items) requires(ToValue<Ts>&&...) {
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
  static std::pair<First, Second> from_value(
      const Value& value) requires FromValue<First> && FromValue<Second> {
    const Values& items = detail::sequence_items(value, 2);
    return {Convert<First>::from_value(items[0]), Convert<Second>::from_value(items[1])};
  }
  static Value to_value(std::pair<First, Second> pair) requires ToValue<First> && ToValue<Second> {
    return Value::tuple({Convert<First>::to_value(std::move(pair.first)),
                         Convert<Second>::to_value(std::move(pair.second))});
  }
};

template <typename T, std::size_t N>
struct Convert<std::array<T, N>> {
  static std::array<T, N> from_value(const Value& value) requires FromValue<T> {
    return from_items(detail::sequence_items(value, N), std::make_index_sequence<N>());
  }
  static Value to_value(std::array<T, N> items) requires ToValue<T> {
    Values values;
    for (T& item : items) values.push_back(Convert<T>::to_value(std::move(item)));
    return Value::list(std::move(values));
  }

 private:
  template <std::size_t... I>
  static std::array<T, N> from_items([[maybe_unused]] const Values& items,
                                     std::index_sequence<I...>) {
    return {Convert<T>::from_value(items[I])...};
  }
};

/// Its dict has the map's order, by key; read is one of any order.
template <typename Key, typename T, typename... More>
struct Convert<std::map<Key, T, More...>> {
  static std::map<Key, T, More...> from_value(
      const Value& value) requires FromValue<Key> && FromValue<T> {
    const Container& dict = detail::dict_items(value);
    std::map<Key, T, More...> map;
    for (std::size_t i = 0; i < dict.items.size(); ++i) {
      map.insert_or_assign(Convert<Key>::from_value(dict.keys[i]),
                           Convert<T>::from_value(dict.items[i]));
    }
    return map;
  }
  static Value to_value(std::map<Key, T, More...> map) requires ToValue<Key> && ToValue<T> {
    std::vector<std::pair<Value, Value>> entries;
    for (auto& [key, item] : map) {
      entries.emplace_back(Convert<Key>::to_value(key), Convert<T>::to_value(std::move(item)));
    }
    return Value::dict(std::move(entries));
  }
};

template <typename Key, typename T>
struct Convert<torch::OrderedDict<Key, T>> {
  static torch::OrderedDict<Key, T> from_value(
      const Value& value) requires FromValue<Key> && FromValue<T> {
    const Container& dict = detail::dict_items(value);
    torch::OrderedDict<Key, T> result;
    for (std::size_t i = 0; i < dict.items.size(); ++i) {
      result.insert(Convert<Key>::from_value(dict.keys[i]), Convert<T>::from_value(dict.items[i]));
    }
    return result;
  }
  static Value to_value(torch::OrderedDict<Key, T> dict) requires ToValue<Key> && ToValue<T> {
    Container result{.type = "collections.OrderedDict", .keys = {}, .items = {}};
    for (auto& entry : dict) {
      result.keys.push_back(Convert<Key>::to_value(entry.key()));
      result.items.push_back(Convert<T>::to_value(std::move(entry.value())));
    }
    return Value(std::move(result));
  }
};

}  // namespace roundtrip
