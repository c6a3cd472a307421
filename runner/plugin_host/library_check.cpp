#include "runner/plugin_host/library_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <roundtrip/error.h>
#include <roundtrip/plugin.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace roundtrip {

namespace {

// Boost.DLL's library_info reads the full symbol table only, which a stripped
// library no longer has; the dynamic one is always there.

constexpr std::string_view kApiPrefix = "roundtrip_plugin_api_";
constexpr std::string_view kLibTorchPrefix = "roundtrip_plugin_libtorch_";

/// An open file and libelf's handle on it.
class ElfFile {
 public:
  explicit ElfFile(const std::filesystem::path& path) {
    elf_version(EV_CURRENT);
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw PluginError(path.string() + ": cannot be read; check its permissions");
    elf_ = elf_begin(fd_, ELF_C_READ, nullptr);
  }
  ~ElfFile() {
    elf_end(elf_);
    ::close(fd_);
  }
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  bool is_shared_library() const {
    GElf_Ehdr header;
    std::size_t sections = 0;
    return elf_ && elf_kind(elf_) == ELF_K_ELF && gelf_getehdr(elf_, &header) &&
           header.e_type == ET_DYN && elf_getshdrnum(elf_, &sections) == 0 && sections > 0;
  }

  /// Names of the defined symbols of the dynamic symbol table.
  std::vector<std::string> exported_symbols() const {
    std::vector<std::string> names;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section));) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM) {
        add_symbols(section, header, names);
      }
    }
    return names;
  }

 private:
  void add_symbols(Elf_Scn* section, const GElf_Shdr& header,
                   std::vector<std::string>& names) const {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (!data || header.sh_entsize == 0) return;
    GElf_Sym symbol;
    const auto count = static_cast<int>(data->d_size / header.sh_entsize);
    for (int i = 0; i < count && gelf_getsym(data, i, &symbol); ++i) {
      const char* name = elf_strptr(elf_, header.sh_link, symbol.st_name);
      if (name && symbol.st_shndx != SHN_UNDEF) names.emplace_back(name);
    }
  }

  int fd_ = -1;
  Elf* elf_ = nullptr;
};

/// What follows `prefix` in the symbols that start with it.
std::vector<std::string> versions(const std::vector<std::string>& symbols,
                                  std::string_view prefix) {
  std::vector<std::string> found;
  for (const auto& symbol : symbols) {
    if (symbol.starts_with(prefix)) found.push_back(symbol.substr(prefix.size()));
  }
  return found;
}

bool contains(const std::vector<std::string>& versions, const std::string& version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

void check_api(const std::string& path, const std::vector<std::string>& symbols) {
  const auto found = versions(symbols, kApiPrefix);
  const std::string wanted = std::to_string(ROUNDTRIP_API_VERSION);
  if (contains(found, wanted)) return;
  if (found.empty()) {
    throw PluginError(fmt::format(
        "{}: has no entry point '{}{}'; add ROUNDTRIP_PLUGIN(...) to one of its source files", path,
        kApiPrefix, wanted));
  }
  throw PluginError(fmt::format(
      "{}: was built for plugin API version {}, this runner has version {}; rebuild it with this "
      "runner's headers",
      path, found.front(), wanted));
}

void check_libtorch(const std::string& path, const std::vector<std::string>& symbols) {
  auto found = versions(symbols, kLibTorchPrefix);
  std::string wanted = ROUNDTRIP_LIBTORCH_VERSION;
  std::replace(wanted.begin(), wanted.end(), '.', '_');
  if (contains(found, wanted)) return;
  if (found.empty()) {
    throw PluginError(path +
                      ": does not state the LibTorch version it was built with; build it "
                      "with ROUNDTRIP_PLUGIN(...) of this runner's headers");
  }
  std::replace(found.front().begin(), found.front().end(), '_', '.');
  throw PluginError(
      fmt::format("{}: was built with LibTorch {}, this runner is for {}; rebuild it with {}", path,
                  found.front(), ROUNDTRIP_LIBTORCH_VERSION, ROUNDTRIP_LIBTORCH_VERSION));
}

}  // namespace

void check_library(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw PluginError(path.string() +
                      ": does not exist; build the plugin, or correct the path given for it");
  }
  const ElfFile file(path);
  if (!file.is_shared_library()) {
    throw PluginError(path.string() +
                      ": is not a shared library, or a damaged one; rebuild it, or take it out of "
                      "the plugins");
  }
  const auto symbols = file.exported_symbols();
  check_api(path.string(), symbols);
  check_libtorch(path.string(), symbols);
}

}  // namespace roundtrip
