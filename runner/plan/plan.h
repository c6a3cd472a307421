#pragma once

#include <roundtrip/plugin.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/config/config.h"
#include "runner/plugin_host/catalog.h"
#include "runner/plugin_host/plugin_host.h"

namespace roundtrip {

/// Why a test's failure does not make a run fail for now.
struct Quarantine {
  std::string reason;
  std::string issue;
  std::string expires;  ///< the first day on which it no longer holds
};

/// A suite's test composed with a transform of the configuration, in one run.
struct PlannedTest {
  /// The class and the name that the test has in its suite; the class is the suite's name
  /// unless the suite holds several.
  std::string suite;
  std::string test;
  /// The derived names: prefix + suite, test + suffix.
  std::string class_name;
  std::string name;
  std::string transform;
  std::string suffix;
  std::string xfail_property;
  std::vector<TransformCall> chain;
  std::shared_ptr<const SuiteCall> suite_call;
  /// Every mark of the test; `xfail` is the one that counts in this run.
  std::vector<XfailMark> marks;
  /// The run's mark when the test carries it, so that it is expected to fail.
  std::optional<XfailMark> xfail;
  std::optional<Quarantine> quarantine;
  std::vector<std::string> tags;
  /// Of which only so many tests run at once, by their places in the configuration.
  std::vector<std::size_t> groups;
  /// Environment variables of its process, beside those of its run.
  std::map<std::string, std::string> environment;
  /// Why the test is not run at all; empty when it is.
  std::string skip_reason;
  /// Why it cannot be run, which makes it an error; empty when it can.
  std::string fault;
  TestSettings settings;
  /// The run, by its name and by its place in the configuration.
  std::string run;
  std::size_t run_index = 0;
  /// Counts from 1 when the run repeats its tests.
  int repetition = 1;
  /// How long it took in earlier runs; nothing when that is not known.
  std::optional<double> usual_seconds;
  std::string file;
  int line = 0;

  /// "Class.test" in derived names; unique in a run.
  std::string full_name() const { return class_name + "." + name; }
  /// The derived name, with the repetition where that is not the first.
  std::string repeated_name() const;
  /// The full name, after the run's where it has one: the same for each repetition.
  std::string base_id() const;
  /// The same with the repetition; unique in a plan.
  std::string id() const;
};

/// The test as filters see it, without how it ended the last time.
FilterSubject filter_subject(const PlannedTest& test);

/// What the suite is told to run.
TestRun test_run(const PlannedTest& test);

/// What a plan is made from beside the configuration.
struct PlanRequest {
  /// Null when no profile was chosen.
  const ProfileConfig* profile = nullptr;
  /// What the command line sets goes before everything.
  Settings settings{};
  /// Quarantines that have expired on this day are over.
  std::string day{};
};

/// Knows what the plugins of a run offer.
class PlanSource {
 public:
  virtual ~PlanSource() = default;
  virtual const Catalog& catalog(const RunConfig& run) = 0;
  /// Asks a suite for its tests; throws Error when its options are wrong.
  virtual std::vector<TestInfo> list_tests(const RunConfig& run, const SuiteCall& suite) = 0;
  /// A sentence for who misses a plugin: how it is loaded, and which there are that are not.
  virtual std::string other_plugins() const = 0;
};

/// Derives every test of the configuration's runs, in the order of the file. Notes each name
/// and each option that no plugin offers, two derived tests of the same name, options that a
/// suite refuses, and entries of `xfail` that name no test; the plan lacks what these spoil.
std::vector<PlannedTest> make_plan(const Config& config, const PlanRequest& request,
                                   PlanSource& source, Problems& problems);

}  // namespace roundtrip
