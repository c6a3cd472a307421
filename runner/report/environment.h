#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// What a run's results may depend on beside its tests. Texts that are not known are empty.
struct Environment {
  std::string command;    ///< the command line
  std::string roundtrip;  ///< versions
  std::string libtorch;
  std::string compiler;
  std::string system;
  std::string cpu;
  unsigned cores = 0;
  std::string host;    ///< the machine's name
  std::string commit;  ///< of the git checkout that holds the configuration; "-dirty" if changed
  std::string shuffle_seed;
  std::vector<PluginInfo> plugins;
  /// SHA-256 of the plugins' libraries, by path.
  std::map<std::string, std::string> libraries;
};

/// Fills in what is known of this machine and this executable.
Environment look_around(const std::filesystem::path& config);

}  // namespace roundtrip
