#include "runner/plan/suite_tests.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include "runner/plan/test_entries.h"
#include "runner/text/nearest.h"
#include "support/plain_text.h"

namespace roundtrip {

namespace {

std::string original_name(const TestInfo& test, const Name& suite) {
  return class_of(test, suite.text) + "." + test.name;
}

}  // namespace

std::vector<TestInfo> SuiteTests::list(const RunConfig& run, const Name& suite,
                                       const SuiteCall& call) {
  std::vector<TestInfo> tests;
  try {
    tests = source_.list_tests(run, call);
  } catch (const Error& error) {
    problems_.add(suite.place, fmt::format("suite '{}': {}", suite.text, error.what()));
  }
  std::erase_if(tests, [&](const TestInfo& test) { return !is_printable(test, suite); });
  check_unique(tests, suite);
  for (auto& test : tests) add_marks(original_name(test, suite), test);
  return tests;
}

/// Names may come from files; those with control characters are refused.
bool SuiteTests::is_printable(const TestInfo& test, const Name& suite) const {
  const std::string name = test.class_name + test.name;
  if (!has_controls(name)) return true;
  problems_.add(suite.place,
                fmt::format("suite '{}' has a test '{}', whose name has control characters",
                            suite.text, name));
  return false;
}

void SuiteTests::check_unique(const std::vector<TestInfo>& tests, const Name& suite) const {
  std::set<std::string> names;
  for (const auto& test : tests) {
    const std::string name = original_name(test, suite);
    if (names.insert(name).second) continue;
    problems_.add(suite.place, fmt::format("suite '{}' has two tests '{}'", suite.text, name));
  }
}

void SuiteTests::add_marks(const std::string& name, TestInfo& test) {
  names_.insert(name);
  for (const auto& entry : config_.xfail) {
    if (entry.filter || entry.test.text != name) continue;
    used_.insert(&entry);
    test.xfail.push_back(mark_of(entry));
  }
}

void SuiteTests::check_xfail() const {
  for (const auto& entry : config_.xfail) {
    if (entry.filter || used_.count(&entry) > 0) continue;
    const std::string nearest = did_you_mean(entry.test.text, {names_.begin(), names_.end()});
    problems_.add(entry.test.place, "no run has a test '" + entry.test.text + "'" + nearest);
  }
}

std::string class_of(const TestInfo& test, const std::string& suite) {
  return test.class_name.empty() ? suite : test.class_name;
}

}  // namespace roundtrip
