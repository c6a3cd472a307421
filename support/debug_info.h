#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/stack_trace.h"

namespace roundtrip {

/// The debug information of the objects that this process has loaded, read by libdw. It
/// is looked for in the objects themselves and, by build id, below /usr/lib/debug.
class DebugInfo {
 public:
  DebugInfo();

  std::string object_at(const void* return_address) const;
  std::vector<StackFrame> frames_at(const void* return_address) const;

 private:
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_;
};

/// The debug information of one file, whether or not a process has it loaded.
class FileDebugInfo {
 public:
  /// A file that cannot be read, or is no code, has none.
  explicit FileDebugInfo(const std::string& path);

  /// The calls at a place in the code, counted from where the file is loaded, innermost first.
  std::vector<StackFrame> frames_at(std::uintptr_t offset) const;

 private:
  std::string path_;
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_;
  Dwfl_Module* module_ = nullptr;
  Dwarf_Addr start_ = 0;  ///< where libdw would load it
};

}  // namespace roundtrip
