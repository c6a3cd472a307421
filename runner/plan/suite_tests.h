#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// The tests of suites, as these list them, with the marks that the configuration gives them by
/// their names.
class SuiteTests {
 public:
  /// Borrows all three.
  SuiteTests(const Config& config, PlanSource& source, Problems& problems)
      : config_(config), source_(source), problems_(problems) {}

  /// Asks the suite, which `run` calls `suite`, for its tests. Notes what is wrong with them.
  std::vector<TestInfo> list(const RunConfig& run, const Name& suite, const SuiteCall& call);

  /// Notes each entry of `xfail` that names none of the tests that were listed.
  void check_xfail() const;

 private:
  bool is_printable(const TestInfo& test, const Name& suite) const;
  void check_unique(const std::vector<TestInfo>& tests, const Name& suite) const;
  void add_marks(const std::string& name, TestInfo& test);

  const Config& config_;
  PlanSource& source_;
  Problems& problems_;
  std::set<std::string> names_;
  std::set<const XfailEntry*> used_;
};

/// The class of a suite's test: the suite itself unless it holds several.
std::string class_of(const TestInfo& test, const std::string& suite);

}  // namespace roundtrip
