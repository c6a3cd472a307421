#pragma once

#include <roundtrip/plugin.h>
#include <torch/version.h>

#include <charconv>
#include <concepts>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// How a plugin library collects what its source files offer and shows it to the
/// runner. Each library has a registry of its own: hidden from the others.

// Hidden: every library registers with its own copy of these.
#pragma GCC visibility push(hidden)

namespace roundtrip::detail {

/// The library's one Plugin object, filled while the library is being loaded.
inline Plugin& this_plugin() {
  static Plugin plugin;
  return plugin;
}

struct RegisterTransform {
  explicit RegisterTransform(TransformEntry entry) {
    this_plugin().transforms.push_back(std::move(entry));
  }
};

struct RegisterSuite {
  explicit RegisterSuite(SuiteEntry entry) { this_plugin().suites.push_back(std::move(entry)); }
};

struct RegisterKind {
  explicit RegisterKind(SuiteEntry entry) { this_plugin().kinds.push_back(std::move(entry)); }
};

/// By the constructor that the class has.
template <typename Class>
std::shared_ptr<const Suite> make_suite(const std::string& name, const OptionValues& values) {
  if constexpr (std::is_constructible_v<Class, const std::string&, const OptionValues&>) {
    return std::make_shared<const Class>(name, values);
  } else if constexpr (std::is_constructible_v<Class, const OptionValues&>) {
    return std::make_shared<const Class>(values);
  } else {
    return std::make_shared<const Class>();
  }
}

/// Whether the class has a `set_up_suite` or `tear_down_suite` of its own.
template <typename Class>
constexpr bool has_scope() {
  constexpr bool kSetsUp =
      !std::is_same_v<decltype(&Class::set_up_suite), decltype(&Suite::set_up_suite)>;
  constexpr bool kTearsDown =
      !std::is_same_v<decltype(&Class::tear_down_suite), decltype(&Suite::tear_down_suite)>;
  return kSetsUp || kTearsDown;
}

}  // namespace roundtrip::detail

#pragma GCC visibility pop

namespace roundtrip {

/// Options of a transformation, a suite or a kind, given after its description in the macro
/// that offers it: `option("times", 2, "how often")`. The value is the one it has where YAML
/// gives none, and its type the option's.
inline OptionInfo option(std::string name, const char* default_value, std::string help) {
  return {std::move(name), OptionInfo::Type::text, default_value, std::move(help)};
}
inline OptionInfo option(std::string name, bool default_value, std::string help) {
  return {std::move(name), OptionInfo::Type::flag, default_value ? "true" : "false",
          std::move(help)};
}
template <std::integral Number>
OptionInfo option(std::string name, Number default_value, std::string help) {
  return {std::move(name), OptionInfo::Type::integer, std::to_string(default_value),
          std::move(help)};
}
template <std::floating_point Number>
OptionInfo option(std::string name, Number default_value, std::string help) {
  char digits[32];  // the shortest that are read as this number again
  char* end = std::to_chars(digits, std::end(digits), default_value).ptr;
  return {std::move(name), OptionInfo::Type::number, std::string(digits, end), std::move(help)};
}
/// A path; an empty default stays empty.
inline OptionInfo path_option(std::string name, const char* default_value, std::string help) {
  return {std::move(name), OptionInfo::Type::path, default_value, std::move(help)};
}
/// A list of texts, by default of those in the lines of `default_value`.
inline OptionInfo list_option(std::string name, const char* default_value, std::string help) {
  return {std::move(name), OptionInfo::Type::texts, default_value, std::move(help)};
}
/// One of the texts in `choices`, by default the first.
inline OptionInfo choice_option(std::string name, std::vector<std::string> choices,
                                std::string help) {
  return {std::move(name), OptionInfo::Type::text, choices.front(), std::move(help), false,
          choices};
}
/// The same option, to which YAML must give a value.
inline OptionInfo required(OptionInfo option) {
  option.is_required = true;
  return option;
}

}  // namespace roundtrip

#define ROUNDTRIP_CONCAT_(a, b) a##b
#define ROUNDTRIP_CONCAT(a, b) ROUNDTRIP_CONCAT_(a, b)
#define ROUNDTRIP_LIBTORCH_SYMBOL_(major, minor, patch) \
  roundtrip_plugin_libtorch_##major##_##minor##_##patch
#define ROUNDTRIP_LIBTORCH_SYMBOL(major, minor, patch) \
  ROUNDTRIP_LIBTORCH_SYMBOL_(major, minor, patch)

/// States a library's name, version and description and makes it a plugin. Once
/// in each library, at namespace scope.
#define ROUNDTRIP_PLUGIN(plugin_name, plugin_version, plugin_description)                      \
  extern "C" [[gnu::visibility("default")]] const char ROUNDTRIP_LIBTORCH_SYMBOL(              \
      TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH)[] = TORCH_VERSION;        \
  extern "C" [[gnu::visibility("default")]] const char ROUNDTRIP_CONCAT(roundtrip_plugin_abi_, \
                                                                        ROUNDTRIP_ABI)[] = ""; \
  extern "C" [[gnu::visibility("default")]] const ::roundtrip::Plugin& ROUNDTRIP_CONCAT(       \
      roundtrip_plugin_api_, ROUNDTRIP_API_VERSION)() {                                        \
    auto& plugin = ::roundtrip::detail::this_plugin();                                         \
    plugin.name = plugin_name;                                                                 \
    plugin.version = plugin_version;                                                           \
    plugin.description = plugin_description;                                                   \
    return plugin;                                                                             \
  }                                                                                            \
  static_assert(true)

/// Offers the suite `name`, an object of `Class`, which derives from `roundtrip::Suite` and has
/// a constructor that takes `(const std::string& name, const OptionValues&)`,
/// `(const OptionValues&)` or nothing; `option(...)`s may follow the description. At namespace
/// scope, in a library that also states its ROUNDTRIP_PLUGIN. Suites of TESTs have
/// ROUNDTRIP_SUITE instead (suite.h).
#define ROUNDTRIP_SUITE_CLASS(Class, name, description, ...)                           \
  static const ::roundtrip::detail::RegisterSuite ROUNDTRIP_CONCAT(register_, Class) { \
    ::roundtrip::SuiteEntry {                                                          \
      name, description, {__VA_ARGS__}, &::roundtrip::detail::make_suite<Class>,       \
          ::roundtrip::detail::has_scope<Class>()                                      \
    }                                                                                  \
  }

/// Offers `Class`, likewise, as a kind: YAML makes suites of it, with names and options of
/// their own: `suites: {MyPrograms: {kind: name, option: value}}`.
#define ROUNDTRIP_SUITE_KIND(Class, name, description, ...)                           \
  static const ::roundtrip::detail::RegisterKind ROUNDTRIP_CONCAT(register_, Class) { \
    ::roundtrip::SuiteEntry {                                                         \
      name, description, {__VA_ARGS__}, &::roundtrip::detail::make_suite<Class>,      \
          ::roundtrip::detail::has_scope<Class>()                                     \
    }                                                                                 \
  }
