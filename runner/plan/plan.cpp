#include "runner/plan/plan.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

constexpr const char* kSkippedForXfail = "Will only be tested if no other tests are failing";

void require_known(const Name& name, const std::string& kind,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return;
  const std::string nearest = did_you_mean(name.text, known);
  throw ConfigError(fmt::format("{}: no plugin offers the {} '{}'{}", name.place.text(), kind,
                                name.text,
                                nearest.empty() ? "; offered: " + quoted_list(known) : nearest));
}

void check_names(const Config& config, const Catalog& catalog) {
  const auto suites = catalog.suite_names();
  const auto transforms = catalog.transform_names();
  for (const auto& transform : config.transforms) {
    for (const auto& name : transform.chain) require_known(name, "transformation", transforms);
  }
  for (const auto& suite : config.suites) require_known(suite.name, "suite", suites);
  for (const auto& run : config.runs) {
    for (const auto& name : run.suites) require_known(name, "suite", suites);
  }
}

bool carries(const TestInfo& test, const std::string& property) {
  return std::find(test.xfail.begin(), test.xfail.end(), property) != test.xfail.end();
}

bool carries_another(const TestInfo& test, const std::string& property) {
  return std::any_of(test.xfail.begin(), test.xfail.end(),
                     [&](const auto& other) { return other != property; });
}

PlannedTest derive(const TestInfo& test, const std::string& suite,
                   const TransformConfig& transform) {
  PlannedTest derived;
  derived.suite = suite;
  derived.test = test.name;
  derived.class_name = transform.prefix + suite;
  derived.name = test.name + transform.suffix;
  derived.transform = transform.name.text;
  for (const auto& name : transform.chain) derived.chain.push_back(name.text);
  if (carries(test, transform.xfail)) derived.xfail = transform.xfail;
  if (transform.only_if_no_xfail && carries_another(test, transform.xfail)) {
    derived.skip_reason = kSkippedForXfail;
  }
  derived.file = test.file;
  derived.line = test.line;
  return derived;
}

/// Builds the plan run by run; asks each suite for its tests once.
class Planner {
 public:
  Planner(const Config& config, const ListTests& list_tests)
      : config_(config), list_tests_(list_tests) {}

  void add(const RunConfig& run) {
    for (const auto& suite : run.suites) {
      for (const auto& transform : run.transforms) add(run, suite, transform);
    }
  }

  std::vector<PlannedTest> take() { return std::move(plan_); }

 private:
  void add(const RunConfig& run, const Name& suite, const Name& transform) {
    for (const auto& test : tests_of(suite)) {
      auto derived = derive(test, suite.text, *config_.find_transform(transform.text));
      derived.options = config_.options_for(suite.text);
      derived.timeout_seconds = run.timeout_seconds;
      check_unique(derived, transform.place);
      plan_.push_back(std::move(derived));
    }
  }

  const std::vector<TestInfo>& tests_of(const Name& suite) {
    const auto known = tests_.find(suite.text);
    if (known != tests_.end()) return known->second;
    try {
      return tests_[suite.text] = list_tests_(suite.text, *config_.options_for(suite.text));
    } catch (const Error& error) {
      throw ConfigError(
          fmt::format("{}: suite '{}': {}", suite.place.text(), suite.text, error.what()));
    }
  }

  void check_unique(const PlannedTest& test, const Place& place) {
    const std::string origin = fmt::format("test '{}' of suite '{}' under transform '{}'",
                                           test.test, test.suite, test.transform);
    const auto [first, added] = origins_.emplace(test.full_name(), origin);
    if (added) return;
    throw ConfigError(fmt::format(
        "{}: two tests would be called {}: {}, and {}; give the transforms different prefixes or "
        "suffixes, or list each only once",
        place.text(), test.full_name(), first->second, origin));
  }

  const Config& config_;
  const ListTests& list_tests_;
  std::map<std::string, std::vector<TestInfo>> tests_;
  std::map<std::string, std::string> origins_;
  std::vector<PlannedTest> plan_;
};

}  // namespace

std::vector<PlannedTest> make_plan(const Config& config, const Catalog& catalog,
                                   const ListTests& list_tests) {
  check_names(config, catalog);
  Planner planner(config, list_tests);
  for (const auto& run : config.runs) planner.add(run);
  return planner.take();
}

}  // namespace roundtrip
