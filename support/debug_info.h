#pragma once

#include <elfutils/libdwfl.h>

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

}  // namespace roundtrip
