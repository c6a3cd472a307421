#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Values of a graph that gave way to others, and what stands in their place: another
/// value, or a literal.
class ReplacedValues {
 public:
  void set(const std::string& value, schema::Argument replacement);
  /// The value that stands in the place of `value`, if one does.
  std::optional<std::string> name_of(const std::string& value) const;
  /// Puts the replacements into an argument. Throws `UnsupportedError` for an operand of
  /// control flow that became a literal.
  void apply(schema::Argument& argument) const;

 private:
  std::string operand(const std::string& value) const;

  std::unordered_map<std::string, schema::Argument> replaced_;
};

}  // namespace roundtrip
