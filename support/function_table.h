#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// Those functions that an executable or library exports whose mangled names begin alike. Found
/// without debug information, and much faster than one by one.
class FunctionTable {
 public:
  /// Empty if the file cannot be read. Takes tens of milliseconds for LibTorch.
  FunctionTable(const std::string& file, std::string_view prefix);

  /// The qualified name, as `brief_function_name` gives it, of the function that the place lies in,
  /// counted from where the file is loaded. Empty if it lies in none of them.
  std::string function_at(std::uintptr_t offset) const;

 private:
  struct Function {
    std::uintptr_t begin;
    std::uintptr_t end;
    std::string symbol;
  };

  std::vector<Function> functions_;  ///< in order
};

}  // namespace roundtrip
