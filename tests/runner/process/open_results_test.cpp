#include "runner/process/open_results.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

std::vector<PlannedTest> plan_of_one(std::int64_t retries, const std::string& retry_on) {
  std::vector<PlannedTest> plan(1);
  plan[0].settings.retries = retries;
  plan[0].settings.retry_on = retry_on;
  return plan;
}

bool has_tries_left(const std::vector<PlannedTest>& plan, Outcome outcome) {
  return OpenResults(plan).has_tries_left(0, make_result(plan[0], {outcome}));
}

}  // namespace

TEST_CASE("a test that fails has as many tries left as its settings say") {
  const auto plan = plan_of_one(2, "any");
  OpenResults open(plan);
  const TestResult failed = make_result(plan[0], {Outcome::failed});
  for (int i = 0; i < 2; ++i) {
    CHECK(open.has_tries_left(0, failed));
    open.add_try(0, {Outcome::failed});
  }
  CHECK_FALSE(open.has_tries_left(0, failed));
  CHECK_FALSE(has_tries_left(plan, Outcome::passed));
  CHECK_FALSE(has_tries_left(plan, Outcome::xpassed));
}

TEST_CASE("tries may be for crashes alone") {
  const auto plan = plan_of_one(1, "crash");
  CHECK(has_tries_left(plan, Outcome::crashed));
  CHECK(has_tries_left(plan, Outcome::timed_out));
  CHECK_FALSE(has_tries_left(plan, Outcome::failed));
}

TEST_CASE("a test that passes after a failed try is flaky") {
  const auto plan = plan_of_one(1, "any");
  OpenResults open(plan);
  CHECK(open.join(0, {Outcome::passed}).outcome == Outcome::passed);
  open.add_try(0, {Outcome::failed, 0, "first"});
  const TestResult result = open.join(0, {Outcome::passed});
  CHECK(result.outcome == Outcome::flaky);
  REQUIRE(result.attempts.size() == 2);
  CHECK(result.attempts[0].message == "first");
  CHECK(open.join(0, {Outcome::failed}).outcome == Outcome::failed);
}

TEST_CASE("the runs of a stress run are counted until the result is final") {
  const auto plan = plan_of_one(0, "any");
  OpenResults open(plan);
  CHECK(open.find_kept(0) == nullptr);
  for (std::size_t runs = 1; runs < 4; ++runs) {
    TestResult result = open.join(0, {Outcome::passed});
    CHECK(result.runs == runs);
    CHECK(open.find_kept(0) == nullptr);
    open.keep(0, std::move(result));
    CHECK(open.find_kept(0)->runs == runs);
  }
  CHECK(open.take_kept().at(0).runs == 3);
  CHECK(open.join(0, {Outcome::failed}).runs == 1);
}
