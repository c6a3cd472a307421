#pragma once

#include <dlfcn.h>

#include <filesystem>

namespace roundtrip {

/// Tells the runner of a file or folder on which the tests of a suite depend, while the suite lists
/// them (runner/process/suite_files.h). Does nothing where there is no runner.
inline void depends_on(const std::filesystem::path& path) {
  using DependsOn = void(const char*);
  auto* const tell = reinterpret_cast<DependsOn*>(::dlsym(RTLD_DEFAULT, "roundtrip_depends_on"));
  if (tell != nullptr) tell(path.c_str());
}

}  // namespace roundtrip
