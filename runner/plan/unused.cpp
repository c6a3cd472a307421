#include "runner/plan/unused.h"

#include <fmt/format.h>

#include <algorithm>

namespace roundtrip {

namespace {

using Subjects = std::vector<FilterSubject>;

Subjects subjects_of(const std::vector<PlannedTest>& plan) {
  Subjects subjects;
  for (const auto& test : plan) subjects.push_back(filter_subject(test));
  return subjects;
}

/// Whether the filter selects a test, on this machine or another.
bool is_used(const Filter& filter, const Subjects& subjects) {
  return std::any_of(subjects.begin(), subjects.end(),
                     [&](const auto& subject) { return filter.may_match(subject); });
}

void check_filter(const Filter& filter, const Place& place, const std::string& what,
                  const Subjects& subjects, Problems& problems) {
  if (is_used(filter, subjects)) return;
  problems.add(place, fmt::format("the filter '{}' selects no test: {}", filter.text(), what));
}

void check_overrides(const std::vector<Override>& overrides, const Subjects& subjects,
                     Problems& problems) {
  for (const auto& entry : overrides) {
    check_filter(entry.filter, entry.place, "nothing is set", subjects, problems);
  }
}

void check_mark(const XfailEntry& entry, const std::vector<PlannedTest>& plan, Problems& problems) {
  const bool is_used = std::any_of(plan.begin(), plan.end(), [&](const PlannedTest& test) {
    if (test.xfail_property != entry.property.text) return false;
    return entry.filter ? entry.filter->may_match(filter_subject(test))
                        : test.suite + "." + test.test == entry.test.text;
  });
  if (is_used) return;
  problems.add(
      entry.property.place,
      fmt::format("no run of the test{} '{}' has the xfail property '{}'",
                  entry.filter ? "s of" : "", entry.filter ? entry.filter->text() : entry.test.text,
                  entry.property.text));
}

}  // namespace

void check_unused(const Config& config, const std::vector<PlannedTest>& plan, Problems& problems) {
  const Subjects subjects = subjects_of(plan);
  check_overrides(config.overrides, subjects, problems);
  for (const auto& profile : config.profiles) {
    check_overrides(profile.overrides, subjects, problems);
  }
  for (const auto& entry : config.xfail) check_mark(entry, plan, problems);
  for (const auto& entry : config.skip) {
    check_filter(entry.filter, entry.place, "nothing is skipped", subjects, problems);
  }
  for (const auto& entry : config.setup) {
    check_filter(entry.filter, entry.name.place, "nothing is set up", subjects, problems);
  }
}

bool selects_any(const Filter& filter, const std::vector<PlannedTest>& plan) {
  return is_used(filter, subjects_of(plan));
}

std::vector<Name> unused_quarantines(const Config& config, const std::vector<PlannedTest>& plan) {
  if (config.quarantine.empty()) return {};
  const Subjects subjects = subjects_of(plan);
  std::vector<Name> unused;
  for (const auto& entry : config.quarantine) {
    if (!is_used(entry.filter, subjects)) unused.push_back({entry.filter.text(), entry.place});
  }
  return unused;
}

}  // namespace roundtrip
