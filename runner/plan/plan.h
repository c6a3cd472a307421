#pragma once

#include <roundtrip/plugin.h>

#include <string>
#include <vector>

#include "runner/config/config.h"
#include "runner/plan/planned_test.h"
#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// What a plan is made from beside the configuration.
struct PlanRequest {
  /// Null when no profile was chosen.
  const ProfileConfig* profile = nullptr;
  /// What the command line sets overrides everything else.
  Settings settings{};
  /// Today: quarantines that have expired no longer hold.
  std::string day{};
};

/// Knows what the plugins of a run offer.
class PlanSource {
 public:
  virtual ~PlanSource() = default;
  virtual const Catalog& catalog(const RunConfig& run) = 0;
  /// Asks a suite for its tests; throws Error when its options are wrong.
  virtual std::vector<TestInfo> list_tests(const RunConfig& run, const SuiteCall& suite) = 0;
  /// A sentence for a user who expected a plugin: how plugins are loaded, and which were not.
  virtual std::string other_plugins() const = 0;
};

/// Derives every test of the configuration's runs, in the order of the file. Notes each name
/// and each option that no plugin offers, two derived tests of the same name, options that a
/// suite refuses, and entries of `xfail` that name no test; the plan lacks what these spoil.
std::vector<PlannedTest> make_plan(const Config& config, const PlanRequest& request,
                                   PlanSource& source, Problems& problems);

}  // namespace roundtrip
