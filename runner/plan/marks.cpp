#include "runner/plan/marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runner/text/date.h"

namespace roundtrip {

namespace {

/// The tests that were derived from one, and its marks, each once.
struct MarkedTest {
  std::vector<XfailMark> marks;
  std::vector<const PlannedTest*> derived;
};

std::map<std::string, MarkedTest> marked_tests(const std::vector<PlannedTest>& plan) {
  std::map<std::string, MarkedTest> tests;
  for (const auto& test : plan) {
    if (test.marks.empty()) continue;
    MarkedTest& entry = tests[test.suite + "." + test.test];
    entry.marks = test.marks;
    entry.derived.push_back(&test);
  }
  return tests;
}

std::string fault_of_date(const XfailMark& mark, const std::string& day) {
  if (mark.expires.empty()) return "";
  if (!is_date(mark.expires)) {
    return fmt::format("expires on '{}', which is no day such as 2027-01-31", mark.expires);
  }
  if (mark.expires > day) return "";
  return fmt::format("has expired on {}; fix the test, or give the mark another day", mark.expires);
}

bool counts_for(const PlannedTest& test, const XfailMark& mark) {
  return test.xfail && test.xfail->property == mark.property;
}

void audit(const std::string& name, const MarkedTest& test, const XfailMark& mark,
           const LastOutcome& last_outcome, std::vector<MarkFault>& faults) {
  bool is_used = false;
  for (const auto* derived : test.derived) {
    if (!counts_for(*derived, mark)) continue;
    is_used = true;
    if (last_outcome(*derived) != "xpassed") continue;
    faults.push_back({name, mark, "no longer fails: " + derived->id() + " passed"});
  }
  if (!is_used) faults.push_back({name, mark, "no run of the test has this property"});
}

}  // namespace

std::string MarkFault::text() const {
  if (mark.property.empty()) return test + ", expected to fail under every run: " + message;
  return fmt::format("{}, xfail property '{}': {}", test, mark.property, message);
}

std::vector<MarkFault> find_expired(const std::vector<PlannedTest>& plan, const std::string& day) {
  std::vector<MarkFault> faults;
  for (const auto& [name, test] : marked_tests(plan)) {
    for (const auto& mark : test.marks) {
      const std::string fault = fault_of_date(mark, day);
      if (!fault.empty()) faults.push_back({name, mark, fault});
    }
  }
  return faults;
}

std::vector<const QuarantineEntry*> find_expired(const std::vector<QuarantineEntry>& entries,
                                                 const std::string& day) {
  std::vector<const QuarantineEntry*> expired;
  for (const auto& entry : entries) {
    if (entry.expires.text <= day) expired.push_back(&entry);
  }
  return expired;
}

std::string expiry_text(const QuarantineEntry& entry) {
  return fmt::format(
      "the quarantine of '{}' has expired on {}, and its tests count again; fix them and take it "
      "out, or give it another day",
      entry.filter.text(), entry.expires.text);
}

std::vector<const PlannedTest*> tests_of(const QuarantineEntry& entry,
                                         const std::vector<PlannedTest>& plan) {
  std::vector<const PlannedTest*> tests;
  for (const auto& test : plan) {
    if (entry.filter.matches(filter_subject(test))) tests.push_back(&test);
  }
  return tests;
}

std::vector<MarkFault> audit_marks(const std::vector<PlannedTest>& plan, const std::string& day,
                                   const LastOutcome& last_outcome) {
  std::vector<MarkFault> faults = find_expired(plan, day);
  for (const auto& [name, test] : marked_tests(plan)) {
    for (const auto& mark : test.marks) audit(name, test, mark, last_outcome, faults);
  }
  return faults;
}

}  // namespace roundtrip
