#include "runner/process/suite_files.h"

#include <utility>

namespace roundtrip {

namespace {

std::vector<std::string> named;

}  // namespace

std::vector<std::string> take_suite_files() {
  return std::exchange(named, {});
}

}  // namespace roundtrip

extern "C" [[gnu::visibility("default")]] void roundtrip_depends_on(const char* path) {
  roundtrip::named.emplace_back(path);
}
