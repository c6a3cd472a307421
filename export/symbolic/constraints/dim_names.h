#pragma once

#include <string>
#include <utility>
#include <vector>

#include "export/symbolic/knowledge/asked_sizes.h"

namespace roundtrip {

/// What a message calls the size at a source: the dimension's name, or the source.
class DimNames {
 public:
  explicit DimNames(const std::vector<InputSize>& inputs);

  bool empty() const { return names_.empty(); }
  const std::string& of(const std::string& source) const;
  bool has(const std::string& source) const;
  /// A text with names put where sources are, and the other way round.
  std::string with_sources(std::string text) const;

 private:
  std::vector<std::pair<std::string, std::string>> names_;  ///< by source
};

}  // namespace roundtrip
