#include "export/symbolic/expr/work.h"

#include <roundtrip/error.h>

namespace roundtrip {

namespace {

/// A second or two. Expressions of real programs take some thousands.
constexpr std::int64_t kMaxSteps = 100'000'000;
constexpr std::int64_t kUnlimited = -1;

thread_local std::int64_t steps_left = kUnlimited;

}  // namespace

WorkLimit::WorkLimit() : outermost_(steps_left == kUnlimited) {
  if (outermost_) steps_left = kMaxSteps;
}

WorkLimit::~WorkLimit() {
  if (outermost_) steps_left = kUnlimited;
}

void count_work() {
  if (steps_left == kUnlimited) return;
  if (steps_left == 0) throw ProgramError("a symbolic expression is too complex to work with");
  --steps_left;
}

}  // namespace roundtrip
