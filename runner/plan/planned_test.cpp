#include "runner/plan/planned_test.h"

#include <fmt/format.h>

namespace roundtrip {

std::string PlannedTest::base_id() const {
  return run.empty() ? full_name() : run + " " + full_name();
}

std::string PlannedTest::id() const {
  return repetition == 1 ? base_id() : fmt::format("{} #{}", base_id(), repetition);
}

std::string PlannedTest::repeated_name() const {
  return repetition == 1 ? name : fmt::format("{} #{}", name, repetition);
}

TestRun test_run(const PlannedTest& test) {
  return {test.test,
          test.suite,
          test.name,
          test.class_name,
          test.suffix,
          test.xfail_property,
          {test.settings.threads, test.settings.seed, test.settings.dtype}};
}

FilterSubject filter_subject(const PlannedTest& test) {
  FilterSubject subject;
  subject.names = {test.full_name(), test.suite + "." + test.test};
  subject.suites = {test.class_name, test.suite};
  if (test.suite_call && test.suite_call->name != test.suite) {
    subject.suites.push_back(test.suite_call->name);
  }
  subject.transform = test.transform;
  subject.run = test.run;
  subject.tags = test.tags;
  for (const auto& mark : test.marks) subject.xfail.push_back(mark.property);
  return subject;
}

}  // namespace roundtrip
