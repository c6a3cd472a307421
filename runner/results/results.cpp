#include "runner/results/results.h"

#include <algorithm>

namespace roundtrip {

std::string_view outcome_name(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomes.size()> kNames = {
      "passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed_out"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

bool is_bad(Outcome outcome) {
  return outcome != Outcome::passed && outcome != Outcome::skipped && outcome != Outcome::xfailed;
}

Outcome judge(TestOutcome::Status status, bool expected_to_fail) {
  switch (status) {
    case TestOutcome::Status::passed:
      return expected_to_fail ? Outcome::xpassed : Outcome::passed;
    case TestOutcome::Status::failed:
      return expected_to_fail ? Outcome::xfailed : Outcome::failed;
    case TestOutcome::Status::error:
      return expected_to_fail ? Outcome::xfailed : Outcome::error;
    case TestOutcome::Status::skipped:
      return Outcome::skipped;
  }
  return Outcome::error;
}

std::size_t RunResults::count(Outcome outcome) const {
  return std::count_if(tests.begin(), tests.end(),
                       [&](const auto& result) { return result.outcome == outcome; });
}

std::size_t RunResults::bad_count() const {
  return std::count_if(tests.begin(), tests.end(),
                       [](const auto& result) { return is_bad(result.outcome); });
}

}  // namespace roundtrip
