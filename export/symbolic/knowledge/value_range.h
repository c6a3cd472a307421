#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// The values an integer may have, from `low` to `high`; a condition is 0 or 1.
/// Python's `ValueRanges`.
struct ValueRange {
  static constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();

  std::int64_t low = -kInfinity;
  std::int64_t high = kInfinity;

  bool is_single() const { return low == high && low != kInfinity && low != -kInfinity; }
  bool contains(std::int64_t value) const { return low <= value && value <= high; }
  /// Whether `other` has every value of this one.
  bool is_within(const ValueRange& other) const { return other.low <= low && high <= other.high; }
  ValueRange operator&(const ValueRange& other) const;
  bool operator==(const ValueRange&) const = default;
};

inline constexpr auto kInfinity = ValueRange::kInfinity;

/// The bound, or nothing where there is none.
std::optional<std::int64_t> finite(std::int64_t bound);

/// As Python prints it: `-int_oo`, `5`, `int_oo`.
std::string bound_text(std::int64_t bound);

/// Finds the range of a symbol.
using RangeOf = std::function<ValueRange(const Expr& symbol)>;

/// Bounds of a whole-numbered expression or a condition, from its symbols'; Python's
/// `bound_sympy`. Everything is possible for floats.
ValueRange bound(const Expr& expr, const RangeOf& range_of);

}  // namespace roundtrip
