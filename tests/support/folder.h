#pragma once

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

namespace roundtrip::test {

/// A folder of its own for each test, removed at the end.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "roundtrip_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  std::filesystem::path path;
};

}  // namespace roundtrip::test
