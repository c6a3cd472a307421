#include "runner/plan/test_entries.h"

#include <algorithm>

namespace roundtrip {

namespace {

constexpr const char* kSkippedForXfail = "Will only be tested if no other tests are failing";

/// The property of a mark that holds under every run.
const std::string kEveryRun;

const XfailMark* find_mark(const std::vector<XfailMark>& marks, const std::string& property) {
  const auto found = std::find_if(marks.begin(), marks.end(),
                                  [&](const auto& mark) { return mark.property == property; });
  return found == marks.end() ? nullptr : &*found;
}

bool carries_another(const std::vector<XfailMark>& marks, const std::string& property) {
  return std::any_of(marks.begin(), marks.end(), [&](const auto& mark) {
    return mark.property != property && mark.property != kEveryRun;
  });
}

/// By its marks: whether it is expected to fail, and whether its transform leaves it out.
void apply_marks(const TransformConfig& transform, PlannedTest& test) {
  const XfailMark* mark = find_mark(test.marks, transform.xfail);
  if (mark == nullptr) mark = find_mark(test.marks, kEveryRun);
  if (mark != nullptr) test.xfail = *mark;
  const bool is_left_out =
      transform.only_if_no_xfail && carries_another(test.marks, transform.xfail);
  if (is_left_out && test.skip_reason.empty()) test.skip_reason = kSkippedForXfail;
}

}  // namespace

void TestEntries::apply(const TransformConfig& transform, const RunConfig& run,
                        std::int64_t threads, PlannedTest& test) const {
  add_marks(test);
  apply_marks(transform, test);
  apply_skips(test);
  apply_settings(run, threads, test);
  test.quarantine = quarantine_of(test);
}

/// These filters cannot depend on marks, so one view of the test serves them all.
void TestEntries::add_marks(PlannedTest& test) const {
  if (config_.xfail.empty()) return;
  const FilterSubject subject = filter_subject(test);
  for (const auto& entry : config_.xfail) {
    const bool is_marked = entry.filter && entry.filter->matches(subject);
    if (is_marked) test.marks.push_back(mark_of(entry));
  }
}

void TestEntries::apply_skips(PlannedTest& test) const {
  if (config_.skip.empty() || !test.skip_reason.empty()) return;
  const FilterSubject subject = filter_subject(test);
  for (const auto& entry : config_.skip) {
    if (!entry.filter.matches(subject)) continue;
    test.skip_reason = entry.reason;
    return;
  }
}

/// From the weakest to the strongest.
void TestEntries::apply_settings(const RunConfig& run, std::int64_t threads,
                                 PlannedTest& test) const {
  config_.defaults.apply_to(test.settings);
  if (request_.profile) request_.profile->settings.apply_to(test.settings);
  run.settings.apply_to(test.settings);
  test.settings.threads = std::max(test.settings.threads, threads);
  const FilterSubject subject = filter_subject(test);
  apply_overrides(config_.overrides, subject, test);
  if (request_.profile) apply_overrides(request_.profile->overrides, subject, test);
  request_.settings.apply_to(test.settings);
}

void TestEntries::apply_overrides(const std::vector<Override>& overrides,
                                  const FilterSubject& subject, PlannedTest& test) const {
  for (const auto& entry : overrides) {
    if (!entry.filter.matches(subject)) continue;
    entry.settings.apply_to(test.settings);
    for (const auto& [name, value] : entry.environment) test.environment[name] = value;
    for (const auto& group : entry.groups) add_group(group.text, test);
  }
}

void TestEntries::add_group(const std::string& name, PlannedTest& test) const {
  const auto found = std::find_if(config_.groups.begin(), config_.groups.end(),
                                  [&](const GroupEntry& group) { return group.name.text == name; });
  const auto index = static_cast<std::size_t>(found - config_.groups.begin());
  const bool is_new = std::find(test.groups.begin(), test.groups.end(), index) == test.groups.end();
  if (is_new) test.groups.push_back(index);
}

/// The first of the entries that hold for the test.
std::optional<Quarantine> TestEntries::quarantine_of(const PlannedTest& test) const {
  if (config_.quarantine.empty()) return std::nullopt;
  const FilterSubject subject = filter_subject(test);
  for (const auto& entry : config_.quarantine) {
    const bool is_over = entry.expires.text <= request_.day;
    if (is_over || !entry.filter.matches(subject)) continue;
    return Quarantine{entry.reason, entry.issue, entry.expires.text};
  }
  return std::nullopt;
}

XfailMark mark_of(const XfailEntry& entry) {
  return {entry.property.text, entry.reason, entry.issue, entry.expires.text};
}

}  // namespace roundtrip
