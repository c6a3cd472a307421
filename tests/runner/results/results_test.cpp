#include "runner/results/results.h"

#include <doctest/doctest.h>

using namespace roundtrip;
using Status = TestOutcome::Status;

TEST_CASE("an expected failure turns failing into xfailed and passing into xpassed") {
  CHECK(judge(Status::passed, false) == Outcome::passed);
  CHECK(judge(Status::failed, false) == Outcome::failed);
  CHECK(judge(Status::error, false) == Outcome::error);
  CHECK(judge(Status::skipped, false) == Outcome::skipped);
  CHECK(judge(Status::passed, true) == Outcome::xpassed);
  CHECK(judge(Status::failed, true) == Outcome::xfailed);
  CHECK(judge(Status::error, true) == Outcome::xfailed);
  CHECK(judge(Status::skipped, true) == Outcome::skipped);
}

TEST_CASE("what makes a run fail") {
  std::string bad;
  for (const Outcome outcome : kOutcomes) {
    if (is_bad(outcome)) bad += std::string(outcome_name(outcome)) + " ";
  }
  CHECK(bad == "failed error xpassed crashed timed_out ");
}
