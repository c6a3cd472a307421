#pragma once

#include "runner/results/results.h"

namespace roundtrip {

/// One test of each outcome, in two classes. Owns the plan that the results point
/// into.
struct SampleResults {
  std::vector<PlannedTest> plan;
  RunResults results;

  SampleResults() {
    plan.reserve(kOutcomes.size());
    results.planned = kOutcomes.size();
    results.seconds = 2.5;
    for (const Outcome outcome : kOutcomes) add(outcome);
  }
  SampleResults(const SampleResults&) = delete;
  SampleResults& operator=(const SampleResults&) = delete;

 private:
  void add(Outcome outcome) {
    PlannedTest test;
    const std::string name(outcome_name(outcome));
    test.suite = plan.size() % 2 == 0 ? "Even" : "Odd";
    test.test = "test_" + name;
    test.class_name = "Derived" + test.suite;
    test.name = test.test + "_x";
    test.transform = "strict";
    test.chain = {{"serdes_strict", {}}};
    if (outcome == Outcome::xfailed || outcome == Outcome::xpassed) test.xfail = {{"serdes"}};
    if (outcome == Outcome::failed) test.file = "suite.cpp", test.line = 12;
    plan.push_back(test);
    const bool is_silent = outcome == Outcome::passed || outcome == Outcome::xpassed;
    Attempt last{outcome, 0.25, is_silent ? "" : "because\nof <" + name + ">"};
    if (outcome == Outcome::failed) last.output = "said \x1B[1m]]> & more";
    if (outcome == Outcome::crashed) last.backtrace = "inner\nouter";
    if (outcome != Outcome::flaky) return results.tests.push_back(make_result(plan.back(), last));
    TestResult flaky =
        make_result(plan.back(), {Outcome::failed, 0.25, "at first", "first output"});
    flaky.outcome = Outcome::flaky;
    flaky.attempts.push_back({Outcome::passed, 0.25, "", "last output"});
    results.tests.push_back(flaky);
  }
};

}  // namespace roundtrip
