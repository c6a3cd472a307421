#include "support/function_table.h"

#include <algorithm>

#include "support/debug_info.h"
#include "support/function_name.h"

namespace roundtrip {

FunctionTable::FunctionTable(const std::string& file, std::string_view prefix) {
  FileDebugInfo(file).visit_functions(
      [&](const char* name, std::uintptr_t offset, std::size_t length) {
        if (std::string_view(name).starts_with(prefix)) {
          functions_.push_back({offset, offset + length, name});
        }
      });
  std::sort(functions_.begin(), functions_.end(),
            [](const Function& left, const Function& right) { return left.begin < right.begin; });
}

std::string FunctionTable::function_at(std::uintptr_t offset) const {
  const auto next = std::upper_bound(
      functions_.begin(), functions_.end(), offset,
      [](std::uintptr_t wanted, const Function& function) { return wanted < function.begin; });
  if (next == functions_.begin() || offset >= std::prev(next)->end) return {};
  return brief_function_name(demangled(std::prev(next)->symbol.c_str()));
}

}  // namespace roundtrip
