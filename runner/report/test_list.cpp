#include "runner/report/test_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runner/report/console_style.h"

namespace roundtrip {

namespace {

using PlannedTests = std::vector<const PlannedTest*>;

std::string marks_text(const PlannedTest& test) {
  std::string text;
  if (!test.skip_reason.empty()) {
    text += "  [skip: " + test.skip_reason + "]";
  } else if (test.xfail) {
    const std::string& property = test.xfail->property;
    text += property.empty() ? "  [xfail]" : "  [xfail: " + property + "]";
  }
  if (test.quarantine) text += "  [quarantine: " + test.quarantine->reason + "]";
  return text;
}

/// A branch of the tree: tests of which a name is the same.
struct Branch {
  std::string name;
  PlannedTests tests;
};

/// In the order in which the names come.
std::vector<Branch> branches_of(const PlannedTests& tests, std::string PlannedTest::*name) {
  std::vector<Branch> branches;
  std::map<std::string, std::size_t> places;
  for (const auto* test : tests) {
    const auto [entry, is_new] = places.emplace(test->*name, branches.size());
    if (is_new) branches.push_back({test->*name, {}});
    branches[entry->second].tests.push_back(test);
  }
  return branches;
}

std::string branch_line(const Branch& branch, const std::string& indent, const Terminal& terminal) {
  return fmt::format("{}{}  {}\n", indent, terminal.paint(kStrong, branch.name),
                     terminal.paint(kDim, counted(branch.tests.size(), "test")));
}

std::string classes_text(const PlannedTests& tests, const std::string& indent,
                         const Terminal& terminal) {
  std::string text;
  for (const auto& branch : branches_of(tests, &PlannedTest::class_name)) {
    text += branch_line(branch, indent, terminal);
    for (const auto* test : branch.tests) {
      text += indent + "  " + test->name + terminal.paint(kDim, marks_text(*test)) + "\n";
    }
  }
  return text;
}

/// "3 tests: 1 to be skipped, 1 expected to fail"
std::string total_text(const std::vector<PlannedTest>& plan) {
  std::string text;
  const auto add = [&](const char* what, const auto& condition) {
    const std::ptrdiff_t count = std::count_if(plan.begin(), plan.end(), condition);
    if (count > 0) text += fmt::format("{} {} {}", text.empty() ? ":" : ",", count, what);
  };
  add("to be skipped", [](const auto& test) { return !test.skip_reason.empty(); });
  add("expected to fail",
      [](const auto& test) { return test.skip_reason.empty() && test.xfail.has_value(); });
  add("in quarantine", [](const auto& test) { return test.quarantine.has_value(); });
  return counted(plan.size(), "test") + text;
}

}  // namespace

std::string test_lines(const std::vector<PlannedTest>& plan) {
  std::string text;
  for (const auto& test : plan) text += test.id() + marks_text(test) + "\n";
  return text;
}

std::string test_tree(const std::vector<PlannedTest>& plan, const Terminal& terminal) {
  PlannedTests tests;
  for (const auto& test : plan) tests.push_back(&test);
  std::string text;
  for (const auto& run : branches_of(tests, &PlannedTest::run)) {
    if (!run.name.empty()) text += branch_line(run, "", terminal);
    text += classes_text(run.tests, run.name.empty() ? "" : "  ", terminal);
  }
  return text + total_text(plan) + "\n";
}

}  // namespace roundtrip
