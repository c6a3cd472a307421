#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace roundtrip {

/// The numbers in the names of input symbols: as in Python the source's SHA-256, modulo
/// a hundred, or the next one that is free.
class SymbolNumbers {
 public:
  std::int64_t take(const std::string& source);

 private:
  std::set<std::int64_t> taken_;
};

}  // namespace roundtrip
