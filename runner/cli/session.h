#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/cli/arguments.h"
#include "runner/config/config.h"
#include "runner/config/place.h"
#include "runner/history/history.h"
#include "runner/plan/facts.h"
#include "runner/plan/plan.h"
#include "runner/plan/shard.h"
#include "runner/process/worker_pool.h"

namespace roundtrip {

/// A suite as a run calls it.
struct RunSuite {
  std::size_t run_index;  ///< in the configuration
  std::shared_ptr<const SuiteCall> call;
};

/// What `run` and `list` begin with: the configuration, its plugins loaded in
/// workers, and the tests that were asked for.
struct Session {
  std::unique_ptr<const Config> config;
  std::unique_ptr<WorkerPool> workers;
  History history;
  /// Where history and journal are; empty when there is no place for them.
  std::filesystem::path history_folder;
  std::vector<PlannedTest> plan;
  /// All runs of the configuration, those too that --cell leaves out.
  std::vector<std::string> all_runs;
  /// Those of the chosen runs, whichever of their tests are selected.
  std::vector<RunSuite> suites;
  /// What the chosen runs depend on, whichever of their tests are selected.
  RunFacts facts;
  /// SHA-256 of the plugins' files and of their libraries, by path; empty before `hash_plugins`.
  std::map<std::string, std::string> contents;
  /// Quarantines that select no test, by their filters and where these stand; not known, and
  /// empty, where only some of the runs were chosen.
  std::vector<Name> unused_quarantines;
};

/// Reads the plugins' files: adds the hashes of all to `contents`, those that a run uses to its
/// facts.
void hash_plugins(Session& session);

/// Reads what suites are made of beside their libraries, modules of Python and programs of a
/// corpus: adds a hash of all of a suite to its run's facts.
void hash_suite_files(Session& session);

/// Adds what the options of `run` say of how tests were chosen among all that the runs have.
void add_selection(const Arguments& arguments, PlanPart& part);

/// Notes everything that is wrong with the configuration; the session lacks what that spoils.
/// Throws UsageError, and PluginError with a line for each plugin at fault. Warns on the error
/// stream of a filter that matches nothing.
Session open_session(Arguments& arguments, Problems& problems);

/// The same; throws ConfigError with everything that is wrong with the configuration.
Session open_session(Arguments& arguments);

/// The session of the one test that NAME, which may be a filter, selects; nothing when it selects
/// none, which is said. Throws UsageError when NAME is missing or selects several.
std::optional<Session> open_session_of_one_test(Arguments& arguments);

}  // namespace roundtrip
