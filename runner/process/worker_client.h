#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runner/plan/plan.h"
#include "runner/plugin_host/catalog.h"
#include "runner/process/process_tree.h"
#include "runner/process/worker_process.h"

namespace roundtrip {

/// The worker ended, or did not answer, while it was asked for something;
/// `what()` says how ("was killed by SIGSEGV (Segmentation fault)").
class WorkerDied : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a suite says when it is asked for its tests.
struct SuiteListing {
  std::vector<TestInfo> tests;
  /// The files and folders that they depend on, beside the suite's plugin.
  std::vector<std::string> files;
};

/// News of a test from the worker.
struct WorkerEvent {
  std::size_t id = 0;
  /// The wait status of the test's process, which has ended, stopped or gone on.
  int status = 0;
  /// The processes that outlived it, or another that ended in the same moment.
  std::vector<LeftProcess> left_running;
  /// What became of it where no process was made for it.
  std::optional<TestOutcome> not_started;
};

/// Speaks with a worker that has a set of plugins loaded, and can replace it by a
/// new one when it has died.
class WorkerClient {
 public:
  WorkerClient(std::vector<std::filesystem::path> plugins,
               std::map<std::string, std::string> environment);

  /// Starts a worker and loads the plugins. A plugin that cannot be loaded, even
  /// one that crashes, becomes a fault of the catalog.
  Catalog load();

  /// Replaces a dead worker. Throws PluginError when a plugin no longer loads.
  void restart();

  /// Throws PluginError when the suite refuses its options or crashes.
  SuiteListing list_tests(const SuiteCall& suite);

  /// Asks for a process for `test`, which will hold the two descriptors and send its outcome
  /// with `token`. False when the worker has died.
  bool start_test(std::size_t id, const PlannedTest& test, const std::string& token,
                  const UniqueFd& output, const UniqueFd& result);

  /// One sentence for each time that a plugin or suite changed what tests inherit.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Readable when there are events.
  int fd() const;

  /// The events that have arrived. Throws WorkerDied.
  std::vector<WorkerEvent> events();

  /// Has the suites that were set up torn down; returns a sentence for each that fails. No test
  /// may be started, or run, after that.
  std::vector<std::string> finish();

  /// Ends the worker; says how it ended.
  std::string end();

  /// Whether there is a worker that nobody has ended, or found dead.
  bool is_running() const { return worker_ != nullptr && worker_->is_running(); }

 private:
  /// `what` names what is asked for: "loading a.so".
  nlohmann::json ask(const nlohmann::json& request, const std::string& what);
  /// Notes what an answer says was changed.
  void warn(const std::string& when, const nlohmann::json& reply);
  void load_one(const std::filesystem::path& plugin, Catalog& catalog);

  std::vector<std::filesystem::path> plugins_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<WorkerProcess> worker_;
  std::vector<std::string> warnings_;
};

}  // namespace roundtrip
