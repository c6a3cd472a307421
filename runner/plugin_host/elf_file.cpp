#include "runner/plugin_host/elf_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libelf.h>
#include <roundtrip/error.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace roundtrip {

ElfFile::ElfFile(const std::filesystem::path& path) {
  elf_version(EV_CURRENT);
  fd_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_.is_open()) {
    throw PluginError(path.string() + ": cannot be read: " + std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw PluginError(path.string() + ": is no file");
  }
  elf_ = elf_begin(fd_.get(), ELF_C_READ, nullptr);
}

ElfFile::~ElfFile() {
  elf_end(elf_);
}

bool ElfFile::is_shared_library() const {
  GElf_Ehdr header;
  std::size_t sections = 0;
  return elf_ && elf_kind(elf_) == ELF_K_ELF && gelf_getehdr(elf_, &header) &&
         header.e_type == ET_DYN && elf_getshdrnum(elf_, &sections) == 0 && sections > 0;
}

std::vector<std::string> ElfFile::needed_libraries() const {
  std::vector<std::string> names;
  visit_sections(SHT_DYNAMIC, [&](Elf_Data* data, const GElf_Shdr& header) {
    GElf_Dyn entry;
    for (int i = 0; gelf_getdyn(data, i, &entry); ++i) {
      if (entry.d_tag != DT_NEEDED) continue;
      const char* name = elf_strptr(elf_, header.sh_link, entry.d_un.d_val);
      if (name) names.emplace_back(name);
    }
  });
  return names;
}

std::vector<std::string> ElfFile::exported_symbols() const {
  std::vector<std::string> names;
  visit_sections(SHT_DYNSYM, [&](Elf_Data* data, const GElf_Shdr& header) {
    GElf_Sym symbol;
    for (int i = 0; gelf_getsym(data, i, &symbol); ++i) {
      if (symbol.st_shndx == SHN_UNDEF) continue;
      const char* name = elf_strptr(elf_, header.sh_link, symbol.st_name);
      if (name) names.emplace_back(name);
    }
  });
  return names;
}

void ElfFile::visit_sections(GElf_Word type, const Visit& visit) const {
  if (!elf_ || elf_kind(elf_) != ELF_K_ELF) return;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section));) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != type) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data) visit(data, header);
  }
}

}  // namespace roundtrip
