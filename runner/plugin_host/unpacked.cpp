#include "runner/plugin_host/unpacked.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPlaceVariable = "ROUNDTRIP_LIBTORCH";
constexpr const char* kLoaderVariable = "LD_LIBRARY_PATH";

/// Whether the variable of this process's loader had another value when it was started.
bool was_started_without = false;

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// As LibTorch's own header has it: "2.13.0"; empty when there is none.
std::string version_of(const fs::path& libtorch) {
  std::ifstream header(libtorch / "include/torch/headeronly/version.h");
  std::map<std::string, std::string> parts;
  for (std::string define, name, value; header >> define;) {
    if (define == "#define" && header >> name >> value) parts[name] = value;
  }
  if (parts.count("TORCH_VERSION_MAJOR") == 0) return "";
  return parts["TORCH_VERSION_MAJOR"] + "." + parts["TORCH_VERSION_MINOR"] + "." +
         parts["TORCH_VERSION_PATCH"];
}

/// The folder of its libraries; empty where no plugin had been linked to it. `place` is where it
/// was when the archive was made.
fs::path libtorch_libraries(const std::string& place) {
  const char* given = std::getenv(kPlaceVariable);
  const fs::path libtorch = given != nullptr && *given != '\0' ? given : place;
  if (libtorch.empty()) return {};
  const std::string version = version_of(libtorch);
  if (version == ROUNDTRIP_LIBTORCH_VERSION && fs::exists(libtorch / "lib/libtorch_cpu.so")) {
    return fs::absolute(libtorch) / "lib";
  }
  throw PluginError(fmt::format(
      "{}{}: set {} to the folder of LibTorch {}, which an archive is without, such as\n  export "
      "{}=$(python3 -c 'import torch; print(torch.__path__[0])')",
      libtorch.string(), version.empty() ? ": LibTorch is not there" : " is LibTorch " + version,
      kPlaceVariable, ROUNDTRIP_LIBTORCH_VERSION, kPlaceVariable));
}

}  // namespace

void use_unpacked_libraries() {
  std::error_code error;  // without /proc; starting a worker says so
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  if (error || !fs::exists(folder / kLibTorchPlace)) return;
  const std::string place = read_file(folder / kLibTorchPlace);
  const fs::path libtorch = libtorch_libraries(place);
  const std::string own =
      (folder / "lib").string() + (libtorch.empty() ? "" : ":" + libtorch.string());
  const char* before = std::getenv(kLoaderVariable);
  const std::string others = before != nullptr && *before != '\0' ? before : "";
  if (others == own || others.starts_with(own + ":")) return;
  ::setenv(kLoaderVariable, (others.empty() ? own : own + ":" + others).c_str(), 1);
  was_started_without = true;
}

void restart_with_unpacked_libraries() {
  if (!was_started_without) return;
  std::istringstream line(read_file("/proc/self/cmdline"));
  std::vector<std::string> words;
  for (std::string word; std::getline(line, word, '\0');) words.push_back(word);
  execute("/proc/self/exe", words);
  throw PluginError(std::string("the runner cannot be started again: ") + std::strerror(errno));
}

}  // namespace roundtrip
