#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runner/plugin_host/catalog.h"

namespace roundtrip {

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
  std::vector<const Transform*> chain(const std::vector<std::string>& names) const;

 private:
  struct Library;
  std::vector<std::unique_ptr<Library>> libraries_;
};

}  // namespace roundtrip
