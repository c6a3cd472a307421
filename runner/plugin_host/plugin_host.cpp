#include "runner/plugin_host/plugin_host.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <string_view>

#include "runner/plugin_host/library_check.h"
#include "runner/plugin_host/loaded_libraries.h"

namespace roundtrip {

namespace {

std::string explain(const std::string& path, std::string message) {
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  constexpr std::string_view kUndefined = "undefined symbol: ";
  if (message.starts_with(kUndefined)) {
    return fmt::format(
        "{}: needs the symbol '{}', which nothing defines; link the library that defines it", path,
        message.substr(kUndefined.size()));
  }
  return fmt::format("{}: cannot be loaded: {}; check what it links to with ldd", path, message);
}

/// The dynamic loader's own word of what is wrong, which Boost.DLL puts in parentheses, with its
/// own words around it.
std::string words_of_loader(std::string_view text) {
  constexpr std::string_view kMark = "dlerror system message: ";
  const auto mark = text.find(kMark);
  if (mark == text.npos) return std::string(text);
  const std::size_t begin = mark + kMark.size();
  return std::string(text.substr(begin, text.rfind("): ") - begin));
}

/// An exception in the library's initialisation may or may not pass through the loader, and leaves
/// it in an undefined state: it ends the process here at the latest.
boost::dll::shared_library open_library(const std::string& path) {
  using boost::dll::load_mode::rtld_local;
  using boost::dll::load_mode::rtld_now;
  constexpr std::string_view kByBoost = "boost::dll::shared_library::load() failed";
  try {
    return boost::dll::shared_library(path, rtld_now | rtld_local);
  } catch (const boost::dll::fs::system_error& error) {
    if (!std::string_view(error.what()).starts_with(kByBoost)) std::terminate();
    throw PluginError(explain(path, words_of_loader(error.what())));
  } catch (...) {
    std::terminate();
  }
}

PluginInfo describe(const std::string& path, const Plugin& plugin) {
  PluginInfo info{path, plugin.name, plugin.version, plugin.description, {}, {}, {}, {}};
  for (const auto& suite : plugin.suites) {
    info.suites.push_back({suite.name, suite.description, suite.options, suite.has_scope});
  }
  for (const auto& kind : plugin.kinds) {
    info.kinds.push_back({kind.name, kind.description, kind.options, kind.has_scope});
  }
  for (const auto& transform : plugin.transforms) {
    info.transforms.push_back({transform.name, transform.description, transform.options});
  }
  return info;
}

OptionValues with_defaults(OptionValues::Map values, const std::vector<OptionInfo>& options) {
  for (const auto& option : options) values.emplace(option.name, option.default_value);
  return OptionValues(std::move(values));
}

}  // namespace

struct PluginHost::Library {
  std::string path;
  boost::dll::shared_library handle;
  const Plugin* plugin;
};

PluginHost::PluginHost() = default;
PluginHost::~PluginHost() = default;

PluginInfo PluginHost::load(const std::filesystem::path& path) {
  check_library(path);
  auto library =
      std::make_unique<Library>(Library{path.string(), open_library(path.string()), nullptr});
  const std::string entry = fmt::format("roundtrip_plugin_api_{}", ROUNDTRIP_API_VERSION);
  try {
    library->plugin = &library->handle.get<const Plugin&()>(entry)();
    PluginInfo info = describe(path.string(), *library->plugin);
    libraries_.push_back(std::move(library));
    info.libraries = libraries_beside_plugins();
    return info;
  } catch (const std::exception& error) {
    throw PluginError(
        fmt::format("{}: its entry point threw: {}; fix the plugin", path.string(), error.what()));
  }
}

std::vector<std::string> PluginHost::libraries_beside_plugins() const {
  auto paths = libraries_of_process();
  for (const auto& library : libraries_) std::erase(paths, library->path);
  return paths;
}

const SuiteEntry& PluginHost::entry_of(const SuiteCall& call) const {
  const bool is_ready = call.kind.empty();
  const std::string& name = is_ready ? call.name : call.kind;
  for (const auto& library : libraries_) {
    for (const auto& entry : is_ready ? library->plugin->suites : library->plugin->kinds) {
      if (entry.name == name) return entry;
    }
  }
  throw PluginError(
      fmt::format("no loaded plugin offers the {} '{}'", is_ready ? "suite" : "kind", name));
}

const Suite& PluginHost::suite(const SuiteCall& call) {
  for (const auto& [known, suite] : suites_) {
    if (known == call) return *suite;
  }
  const SuiteEntry& entry = entry_of(call);
  auto made = entry.make(call.name, with_defaults(call.options, entry.options));
  return *suites_.emplace_back(call, std::move(made)).second;
}

std::shared_ptr<const Transform> PluginHost::make_transform(const TransformCall& call) const {
  for (const auto& library : libraries_) {
    for (const auto& entry : library->plugin->transforms) {
      if (entry.name != call.name) continue;
      return entry.make(with_defaults(call.options, entry.options));
    }
  }
  throw PluginError("no loaded plugin offers the transformation '" + call.name + "'");
}

}  // namespace roundtrip
