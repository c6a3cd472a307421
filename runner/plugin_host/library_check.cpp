#include "runner/plugin_host/library_check.h"

#include <fmt/format.h>
#include <roundtrip/error.h>
#include <roundtrip/plugin.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runner/plugin_host/elf_file.h"

namespace roundtrip {

namespace {

constexpr std::string_view kApiPrefix = "roundtrip_plugin_api_";
constexpr std::string_view kLibTorchPrefix = "roundtrip_plugin_libtorch_";
constexpr std::string_view kAbiPrefix = "roundtrip_plugin_abi_";

#define ROUNDTRIP_TEXT_(name) #name
#define ROUNDTRIP_TEXT(name) ROUNDTRIP_TEXT_(name)
constexpr const char* kAbi = ROUNDTRIP_TEXT(ROUNDTRIP_ABI);

/// What follows `prefix` in the symbols that start with it.
std::vector<std::string> versions(const std::vector<std::string>& symbols,
                                  std::string_view prefix) {
  std::vector<std::string> found;
  for (const auto& symbol : symbols) {
    if (symbol.starts_with(prefix)) found.push_back(symbol.substr(prefix.size()));
  }
  return found;
}

bool contains(const std::vector<std::string>& versions, const std::string& version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

void check_api(const std::string& path, const std::vector<std::string>& symbols) {
  const auto found = versions(symbols, kApiPrefix);
  const std::string wanted = std::to_string(ROUNDTRIP_API_VERSION);
  if (contains(found, wanted)) return;
  if (found.empty()) {
    throw PluginError(fmt::format(
        "{}: has no entry point '{}{}'; add ROUNDTRIP_PLUGIN(...) to one of its source files", path,
        kApiPrefix, wanted));
  }
  throw PluginError(fmt::format(
      "{}: was built for plugin API version {}, this runner has version {}; rebuild it with this "
      "runner's headers",
      path, found.front(), wanted));
}

void check_libtorch(const std::string& path, const std::vector<std::string>& symbols) {
  auto found = versions(symbols, kLibTorchPrefix);
  std::string wanted = ROUNDTRIP_LIBTORCH_VERSION;
  std::replace(wanted.begin(), wanted.end(), '.', '_');
  if (contains(found, wanted)) return;
  if (found.empty()) {
    throw PluginError(path +
                      ": does not state the LibTorch version it was built with; build it "
                      "with ROUNDTRIP_PLUGIN(...) of this runner's headers");
  }
  std::replace(found.front().begin(), found.front().end(), '_', '.');
  throw PluginError(
      fmt::format("{}: was built with LibTorch {}, this runner is for {}; rebuild it with {}", path,
                  found.front(), ROUNDTRIP_LIBTORCH_VERSION, ROUNDTRIP_LIBTORCH_VERSION));
}

void check_abi(const std::string& path, const std::vector<std::string>& symbols) {
  const auto found = versions(symbols, kAbiPrefix);
  if (contains(found, kAbi)) return;
  if (found.empty()) {
    throw PluginError(path +
                      ": does not state the compiler and ABI it was built with; build it with "
                      "ROUNDTRIP_PLUGIN(...) of this runner's headers");
  }
  throw PluginError(
      fmt::format("{}: was built with the compiler and ABI {}, this runner with {}; rebuild it "
                  "with the runner's",
                  path, found.front(), kAbi));
}

}  // namespace

void check_library(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw PluginError(path.string() +
                      ": does not exist; build the plugin, or correct the path given for it");
  }
  const ElfFile file(path);
  if (!file.is_shared_library()) {
    throw PluginError(path.string() +
                      ": is not a shared library, or a damaged one; rebuild it, or take it out of "
                      "the plugins");
  }
  const auto symbols = file.exported_symbols();
  check_api(path.string(), symbols);
  check_libtorch(path.string(), symbols);
  check_abi(path.string(), symbols);
}

bool is_plugin(const std::filesystem::path& path) {
  try {
    check_library(path);
    return true;
  } catch (const PluginError&) {
    return false;
  }
}

}  // namespace roundtrip
