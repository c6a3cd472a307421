#pragma once

#include <roundtrip/plugin.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/config/settings.h"
#include "runner/filter/filter.h"
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
  /// The groups that it is in, by their places in the configuration.
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
  /// Counted from 1 when the run repeats its tests.
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

}  // namespace roundtrip
