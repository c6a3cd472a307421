#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/function_index.h"
#include "support/stack_trace.h"

namespace roundtrip {

/// The debug information of one file, whether or not a process has it loaded.
class FileDebugInfo {
 public:
  /// A file that cannot be read, or is no code, has none.
  explicit FileDebugInfo(const std::string& path);

  /// The calls at a place in the code, counted from where the file is loaded, innermost first.
  std::vector<StackFrame> frames_at(std::uintptr_t offset);

  /// Calls `visit` with the mangled name of each function that the file exports, where it begins,
  /// and its length.
  using Visit = std::function<void(const char* name, std::uintptr_t offset, std::size_t length)>;
  void visit_functions(const Visit& visit) const;

 private:
  std::string path_;
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_;
  Dwfl_Module* module_ = nullptr;
  Dwarf_Addr start_ = 0;  ///< where libdw would load it
  FunctionIndex functions_;
};

}  // namespace roundtrip
