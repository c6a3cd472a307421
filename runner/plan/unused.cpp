#include "runner/plan/unused.h"

#include <fmt/format.h>

#include <algorithm>

namespace roundtrip {

namespace {

void check_overrides(const std::vector<Override>& overrides,
                     const std::vector<FilterSubject>& subjects, Problems& problems) {
  for (const auto& entry : overrides) {
    const bool is_used = std::any_of(subjects.begin(), subjects.end(), [&](const auto& subject) {
      return entry.filter.matches(subject);
    });
    if (is_used) continue;
    problems.add(entry.place, fmt::format("the filter '{}' selects no test: nothing is set",
                                          entry.filter.text()));
  }
}

void check_mark(const XfailEntry& entry, const std::vector<PlannedTest>& plan, Problems& problems) {
  const bool is_used = std::any_of(plan.begin(), plan.end(), [&](const PlannedTest& test) {
    return test.xfail_property == entry.property.text &&
           test.suite + "." + test.test == entry.test.text;
  });
  if (is_used) return;
  problems.add(entry.property.place,
               fmt::format("no run of the test '{}' has the xfail property '{}'", entry.test.text,
                           entry.property.text));
}

}  // namespace

void check_unused(const Config& config, const std::vector<PlannedTest>& plan, Problems& problems) {
  std::vector<FilterSubject> subjects;
  for (const auto& test : plan) subjects.push_back(filter_subject(test));
  check_overrides(config.overrides, subjects, problems);
  for (const auto& profile : config.profiles) {
    check_overrides(profile.overrides, subjects, problems);
  }
  for (const auto& entry : config.xfail) check_mark(entry, plan, problems);
}

}  // namespace roundtrip
