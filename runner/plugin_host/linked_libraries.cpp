#include "runner/plugin_host/linked_libraries.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>

#include "runner/plugin_host/elf_file.h"
#include "runner/text/shell.h"
#include "support/command.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

bool is_of_machine(const std::string& name) {
  constexpr std::array kStarts = {"ld-linux",  "libc.so",   "libm.so",    "libmvec.so",
                                  "libdl.so",  "librt.so",  "libutil.so", "libpthread.so",
                                  "libanl.so", "libgcc_s.", "libstdc++.", "libresolv.so",
                                  "libpython"};
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](const char* start) { return name.starts_with(start); });
}

/// Where the loader finds each library that the file needs, itself or through others: lines
/// "libfmt.so.9 => /lib/x86_64-linux-gnu/libfmt.so.9 (0x00007f0a...)".
std::map<std::string, fs::path> places_of(const fs::path& file) {
  std::map<std::string, fs::path> places;
  std::istringstream lines(run_command("ldd " + shell_quoted(file.string())).output);
  for (std::string line; std::getline(lines, line);) {
    const auto arrow = line.find(" => ");
    const auto end = line.rfind(" (0x");
    if (arrow == std::string::npos || end == std::string::npos || end < arrow) continue;
    constexpr std::size_t kArrow = 4;
    const auto start = line.find_first_not_of("\t ");
    places[line.substr(start, arrow - start)] = line.substr(arrow + kArrow, end - arrow - kArrow);
  }
  return places;
}

class Closure {
 public:
  void add(const fs::path& file) {
    const auto places = places_of(file);
    const auto core = places.find("libc10.so");
    if (core != places.end()) {
      found_.libtorch = fs::weakly_canonical(core->second).parent_path().parent_path();
    }
    add_needed(file, places);
  }

  LinkedLibraries take() { return std::move(found_); }

 private:
  void add_needed(const fs::path& file, const std::map<std::string, fs::path>& places) {
    for (const auto& name : ElfFile(file).needed_libraries()) {
      if (is_of_machine(name)) continue;
      const auto place = places.find(name);
      if (place == places.end()) {
        throw PluginError(fmt::format("{}: needs {}, which is not found; check it with ldd",
                                      file.string(), name));
      }
      if (is_of_libtorch(place->second) || !names_.insert(name).second) continue;
      found_.libraries.push_back(place->second);
      add_needed(place->second, places);
    }
  }

  bool is_of_libtorch(const fs::path& library) const {
    return !found_.libtorch.empty() &&
           fs::weakly_canonical(library).parent_path() == found_.libtorch / "lib";
  }

  LinkedLibraries found_;
  std::set<std::string> names_;
};

}  // namespace

LinkedLibraries linked_libraries(const std::vector<fs::path>& files) {
  Closure closure;
  for (const auto& file : files) closure.add(file);
  return closure.take();
}

}  // namespace roundtrip
