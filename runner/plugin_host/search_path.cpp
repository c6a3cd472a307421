#include "runner/plugin_host/search_path.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>

#include "runner/plugin_host/library_check.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> libraries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".so") libraries.push_back(entry->path());
  }
  if (error) {
    throw PluginError(folder.string() + ": cannot be searched for plugins: " + error.message());
  }
  std::sort(libraries.begin(), libraries.end());
  return libraries;
}

void add_once(const fs::path& library, std::vector<fs::path>& libraries) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(library, error);
  if (error) path = library;  // loading it alone reports what is wrong with it
  if (std::find(libraries.begin(), libraries.end(), path) == libraries.end()) {
    libraries.push_back(path);
  }
}

std::vector<fs::path> default_folders() {
  const fs::path bin = fs::read_symlink("/proc/self/exe").parent_path();
  const fs::path folder = bin.parent_path() / "lib/roundtrip/plugins";
  return fs::exists(folder) ? std::vector{folder} : std::vector<fs::path>{};
}

std::vector<fs::path> environment_folders() {
  const char* text = std::getenv("ROUNDTRIP_PLUGIN_PATH");
  std::istringstream stream(text ? text : "");
  std::vector<fs::path> folders;
  for (std::string folder; std::getline(stream, folder, ':');) {
    if (!folder.empty()) folders.push_back(folder);
  }
  return folders;
}

}  // namespace

std::vector<fs::path> find_plugins(const std::optional<std::vector<fs::path>>& only,
                                   const std::vector<fs::path>& added) {
  std::vector<fs::path> places = only ? *only : default_folders();
  places.insert(places.end(), added.begin(), added.end());
  const auto environment = environment_folders();
  places.insert(places.end(), environment.begin(), environment.end());

  std::vector<fs::path> libraries;
  for (const auto& place : places) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      add_once(place, libraries);
      continue;
    }
    for (const auto& library : libraries_in(place)) add_once(library, libraries);
  }
  return libraries;
}

std::vector<fs::path> find_other_plugins(const fs::path& folder,
                                         const std::vector<fs::path>& loaded) {
  constexpr int kDepth = 3;
  constexpr int kMostEntries = 20'000;  // in a large tree nobody should wait for a hint
  std::vector<fs::path> found;
  std::error_code error;
  int seen = 0;
  for (fs::recursive_directory_iterator
           entry(folder, fs::directory_options::skip_permission_denied, error),
       end;
       !error && entry != end && ++seen < kMostEntries; entry.increment(error)) {
    if (entry.depth() >= kDepth - 1) entry.disable_recursion_pending();
    if (entry->path().extension() != ".so" || !is_plugin(entry->path())) continue;
    const fs::path real = fs::weakly_canonical(entry->path());
    if (std::find(loaded.begin(), loaded.end(), real) != loaded.end()) continue;
    found.push_back(entry->path().lexically_normal());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace roundtrip
