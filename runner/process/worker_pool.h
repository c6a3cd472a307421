#pragma once

#include <memory>
#include <vector>

#include "runner/config/config.h"
#include "runner/plan/plan.h"
#include "runner/process/worker_client.h"

namespace roundtrip {

/// The workers of a configuration: one for each set of plugins and environment variables
/// that its runs ask for. Knows what each run's plugins offer: every worker is started to find out,
/// only the first few keep running, and the others are started again for their tests.
class WorkerPool final : public PlanSource {
 public:
  /// How many of them keep running.
  static constexpr std::size_t kMostIdle = 4;

  /// Starts the workers, which load their plugins, those of `extra` too, and list their tests.
  WorkerPool(const Config& config, const std::vector<std::filesystem::path>& extra);

  /// One sentence for each plugin that cannot be used by some worker, without repetitions.
  std::vector<std::string> faults() const;

  /// One sentence for each plugin or suite that changed what tests inherit, without repetitions.
  std::vector<std::string> warnings() const;

  const Catalog& catalog(const RunConfig& run) override;
  std::vector<TestInfo> list_tests(const RunConfig& run, const SuiteCall& suite) override;
  /// The files and folders that the tests of a suite depend on, beside its plugin, as it says.
  const std::vector<std::string>& suite_files(const RunConfig& run, const SuiteCall& suite);
  /// The same of all suites.
  std::vector<std::string> suite_files() const;
  /// Looks below the current folder.
  std::string other_plugins() const override;

  std::size_t size() const { return workers_.size(); }
  WorkerClient& worker(std::size_t index) { return workers_[index]->client; }
  /// Gives each suite of the plan that has a set-up of its own a worker of its own, which is not
  /// started yet.
  void add_scopes(const std::vector<PlannedTest>& plan);

  /// Which worker runs the test; after `add_scopes` of its plan, if its suite has a set-up.
  std::size_t index_of(const PlannedTest& test) const;

  /// Whether it is a suite's own.
  bool is_scoped(std::size_t index) const { return workers_[index]->suite != nullptr; }
  /// Of every worker, each library once.
  std::vector<PluginInfo> plugins() const;

 private:
  /// The tests of a suite, or why it has none.
  struct Listing {
    SuiteCall suite;
    SuiteListing listed{};
    std::string fault{};
  };

  struct Entry {
    std::vector<std::filesystem::path> plugins;
    std::map<std::string, std::string> environment;
    WorkerClient client;
    Catalog catalog{};
    /// The suite whose own it is, or null.
    std::shared_ptr<const SuiteCall> suite{};
    std::vector<Listing> listings{};
  };

  std::size_t find_or_add(const RunConfig& run, const std::vector<std::filesystem::path>& extra);
  void load(std::size_t index);
  void list(Entry& entry, const SuiteCall& suite);
  Entry& entry_of(const RunConfig& run);
  /// Throws PluginError for a suite that could not be listed.
  const SuiteListing& listing_of(const RunConfig& run, const SuiteCall& suite);
  bool has_scope(const PlannedTest& test) const;
  std::size_t find_or_add_scope(std::size_t worker, const std::shared_ptr<const SuiteCall>& suite);

  const Config& config_;
  std::vector<std::unique_ptr<Entry>> workers_;
  std::vector<std::size_t> index_of_run_;
  /// By the run's worker and the suite.
  std::map<std::pair<std::size_t, const SuiteCall*>, std::size_t> index_of_scope_;
};

}  // namespace roundtrip
