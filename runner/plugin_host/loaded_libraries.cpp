#include "runner/plugin_host/loaded_libraries.h"

#include <link.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

int note_path(dl_phdr_info* info, std::size_t, void* paths) {
  const fs::path path(info->dlpi_name);
  // The executable has no path, what the kernel maps has no folder.
  if (path.is_absolute()) static_cast<std::vector<fs::path>*>(paths)->push_back(path);
  return 0;
}

bool is_of_system(const fs::path& library) {
  constexpr std::array kFolders = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
  return std::any_of(kFolders.begin(), kFolders.end(),
                     [&](const char* folder) { return library.native().starts_with(folder); });
}

}  // namespace

std::vector<std::string> libraries_of_process() {
  std::vector<fs::path> paths;
  ::dl_iterate_phdr(note_path, &paths);
  const auto core = std::find_if(paths.begin(), paths.end(), [](const fs::path& path) {
    return path.filename().native().starts_with("libc10.so");
  });
  const fs::path torch = core == paths.end() ? fs::path() : core->parent_path();
  std::vector<std::string> own;
  for (const auto& path : paths) {
    if (!is_of_system(path) && path.parent_path() != torch) own.push_back(path.string());
  }
  std::sort(own.begin(), own.end());
  return own;
}

}  // namespace roundtrip
