#pragma once

#include <roundtrip/plugin.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runner/config/config.h"
#include "runner/plugin_host/catalog.h"

namespace roundtrip {

/// A suite's test composed with a transform of the configuration.
struct PlannedTest {
  std::string suite;
  std::string test;
  /// The derived names: prefix + suite, test + suffix.
  std::string class_name;
  std::string name;
  std::string transform;
  std::vector<std::string> chain;
  std::shared_ptr<const SuiteOptions> options;
  /// The run's xfail property when the test carries it, so that it is expected to
  /// fail; else empty.
  std::string xfail;
  /// Why the test is not run at all; empty when it is.
  std::string skip_reason;
  double timeout_seconds = 0;
  std::string file;
  int line = 0;

  /// "Class.test" in derived names; unique in a plan.
  std::string full_name() const { return class_name + "." + name; }
};

/// Asks a suite for its tests; throws Error when its options are wrong.
using ListTests =
    std::function<std::vector<TestInfo>(const std::string& suite, const SuiteOptions& options)>;

/// Derives every test of the configuration's runs, in the order of the file.
/// Throws ConfigError for a name that no plugin offers, for two derived tests of
/// the same name, and for options that a suite refuses.
std::vector<PlannedTest> make_plan(const Config& config, const Catalog& catalog,
                                   const ListTests& list_tests);

}  // namespace roundtrip
