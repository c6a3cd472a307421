#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runner/cli/arguments.h"
#include "runner/config/config.h"
#include "runner/plan/plan.h"
#include "runner/process/worker_client.h"

namespace roundtrip {

/// What `run` and `list` begin with: the configuration, its plugins loaded in a
/// worker, and the tests that were asked for.
struct Session {
  Config config;
  WorkerClient worker;
  std::vector<PlannedTest> plan;
};

/// Throws ConfigError, or PluginError with a line for each plugin at fault. Warns
/// on the error stream of a filter that matches nothing.
Session open_session(const Arguments& arguments);

}  // namespace roundtrip
