#include "runner/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "runner/plan/names.h"
#include "runner/plan/suite_tests.h"
#include "runner/plan/test_entries.h"

namespace roundtrip {

namespace {

PlannedTest derive(const TestInfo& test, const std::string& suite,
                   const TransformConfig& transform) {
  PlannedTest derived;
  derived.suite = class_of(test, suite);
  derived.test = test.name;
  derived.class_name = transform.prefix + derived.suite;
  derived.name = test.name + transform.suffix;
  derived.transform = transform.name.text;
  derived.suffix = transform.suffix;
  derived.xfail_property = transform.xfail;
  derived.marks = test.xfail;
  derived.skip_reason = test.skip_reason;
  derived.tags = test.tags;
  derived.file = test.file;
  derived.line = test.line;
  return derived;
}

bool is_offered(const TransformConfig& transform, const Catalog& catalog) {
  return std::all_of(transform.chain.begin(), transform.chain.end(), [&](const auto& link) {
    return catalog.find_transform(link.name.text) != nullptr;
  });
}

/// Builds the plan run by run; asks each suite of each run for its tests once.
class Planner {
 public:
  Planner(const Config& config, const PlanRequest& request, PlanSource& source, Problems& problems)
      : config_(config),
        source_(source),
        problems_(problems),
        entries_(config, request),
        suite_tests_(config, source, problems) {}

  void add_run(std::size_t index) {
    const RunConfig& run = config_.runs[index];
    const Catalog& catalog = source_.catalog(run);
    std::map<std::string, std::vector<TestInfo>> tests;
    for (const auto& suite : run.suites) {
      const auto call = resolve_suite(suite.text, config_, catalog);
      if (call == nullptr) continue;
      const auto [listed, is_new] = tests.try_emplace(suite.text);
      if (is_new) listed->second = suite_tests_.list(run, suite, *call);
      for (const auto& name : run.transforms) {
        const TransformConfig* transform = config_.find_transform(name.text);
        if (transform == nullptr || !is_offered(*transform, catalog)) continue;
        add_tests(index, call, *transform, name.place, listed->second);
      }
    }
  }

  void check_xfail() const { suite_tests_.check_xfail(); }

  std::vector<PlannedTest> take() { return std::move(plan_); }

 private:
  /// `place` is where the run names the transform.
  void add_tests(std::size_t run_index, const std::shared_ptr<const SuiteCall>& suite,
                 const TransformConfig& transform, const Place& place,
                 const std::vector<TestInfo>& tests) {
    const RunConfig& run = config_.runs[run_index];
    const auto chain = resolve_chain(transform, config_, source_.catalog(run));
    for (const auto& test : tests) {
      PlannedTest derived = derive(test, suite->name, transform);
      derived.chain = chain;
      derived.suite_call = suite;
      derived.run = run.name;
      derived.run_index = run_index;
      entries_.apply(transform, run, test.threads, derived);
      check_unique(derived, place);
      plan_.push_back(std::move(derived));
    }
  }

  void check_unique(const PlannedTest& test, const Place& place) {
    const std::string origin = fmt::format("test '{}' of suite '{}' under transform '{}'",
                                           test.test, test.suite, test.transform);
    const auto [first, is_new] = origins_.emplace(test.id(), origin);
    if (is_new || !clashes_.insert(place.text()).second) return;
    problems_.add(place,
                  fmt::format("two tests would be called {}: {}, and {}; give the transforms "
                              "different prefixes or suffixes, or the runs names",
                              test.id(), first->second, origin));
  }

  const Config& config_;
  PlanSource& source_;
  Problems& problems_;
  const TestEntries entries_;
  SuiteTests suite_tests_;
  std::map<std::string, std::string> origins_;  ///< by the test's id
  /// Where two transforms make the same names, all their tests clash: it is said once.
  std::set<std::string> clashes_;
  std::vector<PlannedTest> plan_;
};

}  // namespace

std::vector<PlannedTest> make_plan(const Config& config, const PlanRequest& request,
                                   PlanSource& source, Problems& problems) {
  check_names(config, source, problems);
  const bool is_whole = problems.empty();
  Planner planner(config, request, source, problems);
  for (std::size_t i = 0; i < config.runs.size(); ++i) planner.add_run(i);
  if (is_whole) planner.check_xfail();  // or tests are missing because of what is said already
  return planner.take();
}

}  // namespace roundtrip
