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
    test.chain = {"serdes_strict"};
    if (outcome == Outcome::xfailed || outcome == Outcome::xpassed) test.xfail = "serdes";
    if (outcome == Outcome::failed) test.file = "suite.cpp", test.line = 12;
    plan.push_back(test);
    const std::string message = outcome == Outcome::passed || outcome == Outcome::xpassed
                                    ? ""
                                    : "because\nof <" + name + ">";
    const std::string output = outcome == Outcome::failed ? "said \x1B[1m]]> & more" : "";
    results.tests.push_back({&plan.back(), outcome, 0.25, message, output});
  }
};

}  // namespace roundtrip
