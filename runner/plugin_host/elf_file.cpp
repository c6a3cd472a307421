#include "runner/plugin_host/elf_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libelf.h>
#include <roundtrip/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace roundtrip {

ElfFile::ElfFile(const std::filesystem::path& path) {
  elf_version(EV_CURRENT);
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) throw PluginError(path.string() + ": cannot be read: " + std::strerror(errno));
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw PluginError(path.string() + ": is no file");
  }
  elf_ = elf_begin(fd_, ELF_C_READ, nullptr);
}

ElfFile::~ElfFile() {
  elf_end(elf_);
  ::close(fd_);
}

bool ElfFile::is_shared_library() const {
  GElf_Ehdr header;
  std::size_t sections = 0;
  return elf_ && elf_kind(elf_) == ELF_K_ELF && gelf_getehdr(elf_, &header) &&
         header.e_type == ET_DYN && elf_getshdrnum(elf_, &sections) == 0 && sections > 0;
}

std::vector<std::string> ElfFile::needed_libraries() const {
  std::vector<std::string> names;
  if (!elf_ || elf_kind(elf_) != ELF_K_ELF) return names;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section));) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    GElf_Dyn entry;
    for (int i = 0; data != nullptr && gelf_getdyn(data, i, &entry); ++i) {
      if (entry.d_tag != DT_NEEDED) continue;
      const char* name = elf_strptr(elf_, header.sh_link, entry.d_un.d_val);
      if (name) names.emplace_back(name);
    }
  }
  return names;
}

std::vector<std::string> ElfFile::exported_symbols() const {
  std::vector<std::string> names;
  visit_symbols(SHT_DYNSYM, [&](const char* name, const GElf_Sym& symbol) {
    if (symbol.st_shndx != SHN_UNDEF) names.emplace_back(name);
  });
  return names;
}

void ElfFile::visit_symbols(GElf_Word table, const Visit& visit) const {
  if (!elf_ || elf_kind(elf_) != ELF_K_ELF) return;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section));) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) && header.sh_type == table) {
      visit_section(section, header, visit);
    }
  }
}

void ElfFile::visit_section(Elf_Scn* section, const GElf_Shdr& header, const Visit& visit) const {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (!data || header.sh_entsize == 0) return;
  GElf_Sym symbol;
  const auto count = static_cast<int>(data->d_size / header.sh_entsize);
  for (int i = 0; i < count && gelf_getsym(data, i, &symbol); ++i) {
    const char* name = elf_strptr(elf_, header.sh_link, symbol.st_name);
    if (name) visit(name, symbol);
  }
}

}  // namespace roundtrip
