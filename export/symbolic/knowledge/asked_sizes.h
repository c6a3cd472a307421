#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "export/symbolic/expr/expr.h"
#include "export/symbolic/knowledge/value_range.h"

namespace roundtrip {

/// What was asked of one dimension, or of a number, of an input.
struct SizeConstraint {
  enum class Kind { fixed, automatic, dynamic, named, derived };
  Kind kind = Kind::fixed;
  std::string name;  ///< `dx`, or of a derived one `2*dx + 1`
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  /// Of a derived one: it is `factor * root + offset`, with the root's own bounds.
  std::string root;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
  std::optional<std::int64_t> root_min;
  std::optional<std::int64_t> root_max;
  /// The name of the symbol, of a derived one of its root's, in a program that has one
  /// already; what has the same name is one symbol. Empty: named by the source's hash.
  std::string symbol = {};

  /// Whether the user asked for every size in the range.
  bool is_by_user() const { return kind == Kind::named || kind == Kind::derived; }
  /// What was asked, as a range; of a derived size it follows from the root's.
  ValueRange range() const { return {min.value_or(0), max.value_or(kInfinity)}; }
};

/// One size or number of an input that was asked about.
struct InputSize {
  std::string source;
  std::int64_t hint = 0;
  SizeConstraint asked;
  Expr expr;  ///< its symbol, or a literal
};

/// A bound or relation that holds for unbacked symbols (`u0`) and that the program
/// has to check when it runs. It belongs right after the last of its symbols is made.
struct DeferredAssert {
  Expr condition;
  std::string message;
};

}  // namespace roundtrip
