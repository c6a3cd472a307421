#pragma once

#include <c10/core/SymInt.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "export/shapes/shapes.h"

/// Symbols for tests: a size is a function of the symbols' values, so that one symbolic
/// run gives formulas that can be evaluated at any point.
namespace roundtrip::testing {

using Values = std::vector<std::int64_t>;

/// What this run's symbols are; and other points, at which a formula must hold too.
inline const Values kThisRun{6, 5, 8, 7};
inline const std::vector<Values> kOtherPoints{{4, 9, 6, 10}, {7, 3, 11, 6}, {9, 4, 13, 5}};

/// Symbol `index` of those in kThisRun.
c10::SymInt symbol(std::size_t index);
std::int64_t evaluate(const c10::SymInt& size, const Values& values);

/// Guards that were raised since the last call, as how many there were that do not hold at
/// every point: those restrict the program.
std::size_t take_guard_count();

class TestPoints final : public SymbolPoints {
 public:
  std::size_t count() const override { return kThisRun.size(); }
  c10::SymInt symbol(std::size_t index) const override { return testing::symbol(index); }
  std::pair<std::int64_t, std::int64_t> bounds(std::size_t) const override { return {2, 1000}; }
  std::int64_t value_in_this_run(std::size_t index) const override { return kThisRun[index]; }
  std::int64_t evaluate(const c10::SymInt& size, const Values& values) const override {
    return testing::evaluate(size, values);
  }
};

}  // namespace roundtrip::testing
