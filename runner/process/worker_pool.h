#pragma once

#include <memory>
#include <vector>

#include "runner/config/config.h"
#include "runner/plan/plan.h"
#include "runner/process/worker_client.h"

namespace roundtrip {

/// The workers of a configuration: one for each set of plugins and environment variables
/// that its runs ask for. Knows what each run's plugins offer.
class WorkerPool final : public PlanSource {
 public:
  /// Starts the workers, which load their plugins, those of `extra` too.
  WorkerPool(const Config& config, const std::vector<std::filesystem::path>& extra);

  /// One sentence for each plugin that cannot be used; of all workers, each once.
  std::vector<std::string> faults() const;

  /// One sentence for each plugin or suite that changed what tests inherit; likewise.
  std::vector<std::string> warnings() const;

  const Catalog& catalog(const RunConfig& run) override;
  std::vector<TestInfo> list_tests(const RunConfig& run, const SuiteCall& suite) override;
  /// Looks below the current folder.
  std::string other_plugins() const override;

  std::size_t size() const { return workers_.size(); }
  WorkerClient& worker(std::size_t index) { return workers_[index]->client; }
  /// Which worker runs the tests of the run at this place in the configuration.
  std::size_t index_of(std::size_t run_index) const { return index_of_run_[run_index]; }
  /// Of every worker, each library once.
  std::vector<PluginInfo> plugins() const;

 private:
  struct Entry {
    std::vector<std::filesystem::path> plugins;
    std::map<std::string, std::string> environment;
    WorkerClient client;
    Catalog catalog;
  };

  std::size_t find_or_start(const RunConfig& run, const Config& config,
                            const std::vector<std::filesystem::path>& extra);
  Entry& entry_of(const RunConfig& run);

  const Config& config_;
  std::vector<std::unique_ptr<Entry>> workers_;
  std::vector<std::size_t> index_of_run_;
};

}  // namespace roundtrip
