#pragma once

#include <roundtrip/plugin.h>
#include <torch/version.h>

#include <memory>
#include <utility>

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
  explicit RegisterSuite(const SuiteEntry& suite) { this_plugin().suites.push_back(&suite); }
};

}  // namespace roundtrip::detail

#pragma GCC visibility pop

#define ROUNDTRIP_CONCAT_(a, b) a##b
#define ROUNDTRIP_CONCAT(a, b) ROUNDTRIP_CONCAT_(a, b)
#define ROUNDTRIP_LIBTORCH_SYMBOL_(major, minor, patch) \
  roundtrip_plugin_libtorch_##major##_##minor##_##patch
#define ROUNDTRIP_LIBTORCH_SYMBOL(major, minor, patch) \
  ROUNDTRIP_LIBTORCH_SYMBOL_(major, minor, patch)

/// States a library's name, version and description and makes it a plugin. Once
/// in each library, at namespace scope.
#define ROUNDTRIP_PLUGIN(plugin_name, plugin_version, plugin_description)                \
  extern "C" [[gnu::visibility("default")]] const char ROUNDTRIP_LIBTORCH_SYMBOL(        \
      TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH)[] = TORCH_VERSION;  \
  extern "C" [[gnu::visibility("default")]] const ::roundtrip::Plugin& ROUNDTRIP_CONCAT( \
      roundtrip_plugin_api_, ROUNDTRIP_API_VERSION)() {                                  \
    auto& plugin = ::roundtrip::detail::this_plugin();                                   \
    plugin.name = plugin_name;                                                           \
    plugin.version = plugin_version;                                                     \
    plugin.description = plugin_description;                                             \
    return plugin;                                                                       \
  }                                                                                      \
  static_assert(true)
