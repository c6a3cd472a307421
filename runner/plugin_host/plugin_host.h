#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// A transformation with values of its options; one that is not given has its own.
struct TransformCall {
  std::string name;
  std::map<std::string, std::string> options;
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

  /// Throws PluginError when no loaded plugin offers `name`.
  const SuiteEntry& suite(const std::string& name) const;
  /// Runs the plugin's code; what that throws passes through.
  std::shared_ptr<const Transform> make_transform(const TransformCall& call) const;

 private:
  struct Library;
  std::vector<std::unique_ptr<Library>> libraries_;
};

}  // namespace roundtrip
