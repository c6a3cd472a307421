#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// A transformation with values of its options; one that is not given has its own.
struct TransformCall {
  std::string name;
  OptionValues::Map options;
};

/// A suite of a configuration, with values of its options; one that is not given has its own.
struct SuiteCall {
  std::string name;
  std::string kind;  ///< empty for a suite that a plugin offers
  OptionValues::Map options;

  bool operator==(const SuiteCall&) const = default;
};

/// Owns the plugin libraries loaded into this process; they stay loaded as long
/// as it lives. Used in the worker process only: loading runs foreign code.
class PluginHost {
 public:
  PluginHost();
  ~PluginHost();

  /// Checks the library's versions, loads it and asks what it offers. Throws
  /// PluginError. An exception in the library's own initialisation cannot be
  /// caught: it ends the process through std::terminate.
  PluginInfo load(const std::filesystem::path& path);

  /// Makes the suite, once; the host keeps it. Throws PluginError when no loaded plugin offers
  /// it. Runs the plugin's code; what that throws passes through.
  const Suite& suite(const SuiteCall& call);
  /// Runs the plugin's code; what that throws passes through.
  std::shared_ptr<const Transform> make_transform(const TransformCall& call) const;

 private:
  struct Library;
  std::vector<std::string> libraries_beside_plugins() const;
  const SuiteEntry& entry_of(const SuiteCall& call) const;

  std::vector<std::unique_ptr<Library>> libraries_;
  std::vector<std::pair<SuiteCall, std::shared_ptr<const Suite>>> suites_;
};

}  // namespace roundtrip
