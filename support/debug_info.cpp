#include "support/debug_info.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "support/function_name.h"

namespace roundtrip {
namespace {

/// Without the last resort of standard callbacks, which asks servers for debug information.
const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_build_id_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

/// Negative when there is no such file, or it is none: opening a pipe would wait for its writer.
int open_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (fd < 0 || (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode))) return fd;
  ::close(fd);
  return -1;
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

const char* linkage_name(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(function, name, &attribute) != nullptr) {
      return dwarf_formstring(&attribute);
    }
  }
  return nullptr;
}

/// The declaration of a function whose DIE is an inlined or out-of-line copy.
Dwarf_Die declaration_of(Dwarf_Die die) {
  Dwarf_Attribute attribute;
  Dwarf_Die next;
  for (const unsigned name : {DW_AT_abstract_origin, DW_AT_specification}) {
    if (dwarf_attr(&die, name, &attribute) != nullptr &&
        dwarf_formref_die(&attribute, &next) != nullptr) {
      die = next;
    }
  }
  return die;
}

/// The DIE and those around it, innermost first.
std::vector<Dwarf_Die> enclosing(Dwarf_Die die) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&die, &scopes);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owned(scopes, &std::free);
  return count <= 0 ? std::vector<Dwarf_Die>{} : std::vector<Dwarf_Die>(scopes, scopes + count);
}

/// `user::Net::` of a function of that class, as far as the debug information has it.
std::string scope_of(const Dwarf_Die& function) {
  std::string text;
  std::vector<Dwarf_Die> scopes = enclosing(declaration_of(function));
  for (std::size_t i = 1; i < scopes.size(); ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    const char* name = dwarf_diename(&scopes[i]);
    if (tag == DW_TAG_namespace && name == nullptr) name = "(anonymous namespace)";
    const bool names = tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
                       tag == DW_TAG_structure_type || tag == DW_TAG_subprogram;
    if (names && name != nullptr) text.insert(0, brief_function_name(name) + "::");
  }
  return text;
}

std::string function_name(Dwarf_Die* function) {
  if (const char* name = linkage_name(function)) return brief_function_name(demangled(name));
  const std::string name = text_or_empty(dwarf_diename(function));
  return scope_of(*function) + brief_function_name(name);
}

std::string absolute(const std::string& folder, const std::string& file) {
  return (std::filesystem::path(folder) / file).lexically_normal().string();
}

/// The debug information of one address.
class Place {
 public:
  Place(Dwfl_Module* module, Dwarf_Addr address, FunctionIndex& functions)
      : module_(module),
        address_(address),
        unit_(dwfl_module_addrdie(module, address, &bias_)),
        functions_(functions) {}

  std::vector<StackFrame> frames() {
    std::vector<StackFrame> frames;
    StackFrame position = innermost_position();
    for (Dwarf_Die& scope : scopes()) {
      const int tag = dwarf_tag(&scope);
      if (tag == DW_TAG_inlined_subroutine) {
        position.function = function_name(&scope);
        frames.push_back(position);
        position = call_position(&scope);
      } else if (tag == DW_TAG_subprogram) {
        position.function = symbol_name(&scope);
        frames.push_back(position);
        return frames;
      }
    }
    // Of a function that is not known the symbol at least is.
    if (frames.empty()) frames.push_back(position);
    const std::string symbol = symbol_name(nullptr);
    if (!symbol.empty()) frames.back().function = symbol;
    return frames;
  }

 private:
  /// The blocks and functions around the address, innermost first. libdw's first answer
  /// leads from an inlined function to where that is defined, the second to its caller.
  std::vector<Dwarf_Die> scopes() {
    if (unit_ == nullptr) return {};
    std::vector<Dwarf_Die> known = functions_.scopes(unit_, address_ - bias_);
    if (!known.empty()) return known;
    Dwarf_Die* scopes = nullptr;
    if (dwarf_getscopes(unit_, address_ - bias_, &scopes) <= 0) return {};
    Dwarf_Die innermost = scopes[0];
    std::free(scopes);
    return enclosing(innermost);
  }

  StackFrame innermost_position() const {
    StackFrame frame;
    Dwfl_Line* line = dwfl_module_getsrc(module_, address_);
    if (line == nullptr) return frame;
    Dwarf_Addr at;
    const char* file = dwfl_lineinfo(line, &at, &frame.line, nullptr, nullptr, nullptr);
    frame.file = absolute(text_or_empty(dwfl_line_comp_dir(line)), text_or_empty(file));
    return frame;
  }

  /// Where an inlined function was called.
  StackFrame call_position(Dwarf_Die* inlined) const {
    StackFrame frame;
    Dwarf_Attribute attribute;
    Dwarf_Word number = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) == 0) {
      frame.line = static_cast<int>(number);
    }
    Dwarf_Files* files = nullptr;
    if (dwarf_getsrcfiles(unit_, &files, nullptr) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) != 0) {
      return frame;
    }
    const char* folder = dwarf_formstring(dwarf_attr(unit_, DW_AT_comp_dir, &attribute));
    frame.file = absolute(text_or_empty(folder),
                          text_or_empty(dwarf_filesrc(files, number, nullptr, nullptr)));
    return frame;
  }

  /// The symbol's name says more of the function that is not inlined: little debug
  /// information (`-g1`) has no scopes.
  std::string symbol_name(Dwarf_Die* function) const {
    const char* symbol = dwfl_module_addrname(module_, address_);
    if (symbol != nullptr) return brief_function_name(demangled(symbol));
    return function == nullptr ? "" : function_name(function);
  }

  Dwfl_Module* module_;
  Dwarf_Addr address_;
  Dwarf_Addr bias_ = 0;
  Dwarf_Die* unit_;
  FunctionIndex& functions_;
};

}  // namespace

FileDebugInfo::FileDebugInfo(const std::string& path)
    : path_(path), dwfl_(dwfl_begin(&kCallbacks), &dwfl_end) {
  const int fd = dwfl_ ? open_file(path) : -1;
  if (fd < 0) return;
  dwfl_report_begin(dwfl_.get());
  module_ = dwfl_report_offline(dwfl_.get(), path.c_str(), path.c_str(), fd);
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  if (module_ == nullptr) {
    ::close(fd);
  } else if (dwfl_module_getelf(module_, &start_) == nullptr) {
    module_ = nullptr;
  }
}

std::vector<StackFrame> FileDebugInfo::frames_at(std::uintptr_t offset) {
  if (module_ == nullptr) return {{.object = path_, .offset = offset}};
  std::vector<StackFrame> frames = Place(module_, start_ + offset, functions_).frames();
  for (StackFrame& frame : frames) {
    frame.object = path_;
    frame.offset = offset;
  }
  return frames;
}

void FileDebugInfo::visit_functions(const Visit& visit) const {
  const int count = module_ == nullptr ? 0 : dwfl_module_getsymtab(module_);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    const char* name = dwfl_module_getsym(module_, i, &symbol, nullptr);
    const bool is_exported =
        symbol.st_shndx != SHN_UNDEF && GELF_ST_BIND(symbol.st_info) != STB_LOCAL;
    if (name == nullptr || !is_exported || GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    visit(name, symbol.st_value - start_, symbol.st_size);
  }
}

}  // namespace roundtrip
