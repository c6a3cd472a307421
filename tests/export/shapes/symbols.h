#pragma once

#include <c10/core/SymInt.h>

#include <cstdint>
#include <vector>

/// Symbols for tests: a size is a function of the symbols' values, so that one symbolic
/// run gives formulas that can be evaluated at any point.
namespace roundtrip::testing {

using Values = std::vector<std::int64_t>;

/// What this run's symbols are.
inline const Values kThisRun{6, 5, 8, 7};
/// Other points, at which a formula must hold too: near, at the low end, and far, where the
/// symbols lie in another order than in this run.
inline const std::vector<Values> kOtherPoints{{4, 9, 6, 10}, {7, 3, 11, 6},    {9, 4, 13, 5},
                                              {2, 2, 3, 3},  {23, 17, 29, 31}, {5, 28, 4, 19}};

/// Symbol `index` of this run's.
c10::SymInt symbol(std::size_t index);
std::int64_t evaluate(const c10::SymInt& size, const Values& values);

std::int64_t value_in_this_run(const c10::SymInt& size);

/// While it lives, this run's symbols are others, and there are no other points.
class OtherRun {
 public:
  explicit OtherRun(Values values);
  ~OtherRun();
  OtherRun(const OtherRun&) = delete;
  OtherRun& operator=(const OtherRun&) = delete;
};

/// Forgets the guards raised so far.
void clear_guards();
/// False where a guard that was raised since answers otherwise than in this run: what was
/// inferred is not for that point.
bool guards_hold_at(const Values& values);

}  // namespace roundtrip::testing
