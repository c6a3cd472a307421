#pragma once

#include <roundtrip/dynamic_shapes.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace roundtrip {

/// `factor*root + offset`, as SymPy prints a derived dimension.
struct LinearDim {
  std::string root;
  std::int64_t factor = 1;
  std::int64_t offset = 0;

  /// The dimension that it is of this root, a size if the root is one. Throws
  /// `CaptureError` where a coefficient or a size does not fit.
  Dim of(const Dim& root) const;
};

/// Reads such text. Nothing if the text is anything else.
std::optional<LinearDim> parse_linear_dim(const std::string& text);

/// A whole number and nothing else.
std::optional<std::int64_t> parse_size(const std::string& text);

/// The names in an expression.
std::set<std::string> names_in(const std::string& text);

}  // namespace roundtrip
