#pragma once

#include <gelf.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/unique_fd.h"

namespace roundtrip {

/// An open file and libelf's handle on it: reads a library's symbols without loading it.
///
/// Not Boost.DLL's library_info: that reads the full symbol table only, which a stripped
/// library no longer has; the dynamic one is always there.
class ElfFile {
 public:
  /// Throws PluginError when the file cannot be opened. It may hold anything.
  explicit ElfFile(const std::filesystem::path& path);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  bool is_shared_library() const;

  /// The names of the libraries that it is linked to, "libm.so.6".
  std::vector<std::string> needed_libraries() const;

  /// Names of the defined symbols of the dynamic symbol table.
  std::vector<std::string> exported_symbols() const;

 private:
  using Visit = std::function<void(Elf_Data* data, const GElf_Shdr& header)>;
  void visit_sections(GElf_Word type, const Visit& visit) const;

  UniqueFd fd_;
  Elf* elf_ = nullptr;
};

}  // namespace roundtrip
