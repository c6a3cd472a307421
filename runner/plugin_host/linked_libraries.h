#pragma once

#include <filesystem>
#include <vector>

namespace roundtrip {

/// What files need to be loaded on another machine.
struct LinkedLibraries {
  /// Without those of LibTorch, and what is the machine's own: the C and C++ libraries and Python.
  std::vector<std::filesystem::path> libraries;
  /// The folder of LibTorch, of which `lib` is a part; empty when nothing is linked to it.
  std::filesystem::path libtorch;
};

/// Of these executables and libraries, as the dynamic loader finds it here. Throws PluginError for
/// a library that it does not find.
LinkedLibraries linked_libraries(const std::vector<std::filesystem::path>& files);

}  // namespace roundtrip
