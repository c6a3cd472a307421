#include "runner/process/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/plugin_host/search_path.h"
#include "runner/text/shell.h"

namespace roundtrip {

namespace {

void add_once(const std::vector<std::string>& added, std::vector<std::string>& sentences) {
  for (const auto& sentence : added) {
    const bool is_known =
        std::find(sentences.begin(), sentences.end(), sentence) != sentences.end();
    if (!is_known) sentences.push_back(sentence);
  }
}

}  // namespace

WorkerPool::WorkerPool(const Config& config, const std::vector<std::filesystem::path>& extra)
    : config_(config) {
  for (const auto& run : config.runs) index_of_run_.push_back(find_or_start(run, config, extra));
}

std::size_t WorkerPool::find_or_start(const RunConfig& run, const Config& config,
                                      const std::vector<std::filesystem::path>& extra) {
  PluginPlaces places = config.plugins_of(run);
  places.add({{}, extra});
  const auto plugins = find_plugins(places.only, places.added);
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return entry->plugins == plugins && entry->environment == run.environment;
  });
  const auto index = static_cast<std::size_t>(found - workers_.begin());
  if (found != workers_.end()) return index;
  workers_.push_back(std::make_unique<Entry>(
      Entry{plugins, run.environment, WorkerClient(plugins, run.environment), {}}));
  workers_.back()->catalog = workers_.back()->client.load();
  return index;
}

std::vector<std::string> WorkerPool::faults() const {
  std::vector<std::string> faults;
  for (const auto& entry : workers_) add_once(entry->catalog.faults, faults);
  return faults;
}

std::vector<std::string> WorkerPool::warnings() const {
  std::vector<std::string> warnings;
  for (const auto& entry : workers_) add_once(entry->client.warnings(), warnings);
  return warnings;
}

WorkerPool::Entry& WorkerPool::entry_of(const RunConfig& run) {
  return *workers_[index_of_run_[static_cast<std::size_t>(&run - config_.runs.data())]];
}

const Catalog& WorkerPool::catalog(const RunConfig& run) {
  return entry_of(run).catalog;
}

std::vector<TestInfo> WorkerPool::list_tests(const RunConfig& run, const SuiteCall& suite) {
  return entry_of(run).client.list_tests(suite);
}

std::string WorkerPool::other_plugins() const {
  constexpr std::size_t kMostNamed = 3;
  std::vector<std::filesystem::path> loaded;
  for (const auto& entry : workers_) {
    loaded.insert(loaded.end(), entry->plugins.begin(), entry->plugins.end());
  }
  auto others = find_other_plugins(".", loaded);
  std::string text =
      "a plugin that is not among the installed ones is loaded by '--plugin-dir FOLDER', or by "
      "'plugins: [FOLDER]' in the configuration";
  if (others.size() > kMostNamed) others.resize(kMostNamed);
  for (const auto& other : others) {
    const auto folder = other.parent_path();
    text += fmt::format("; {} is one: --plugin-dir {}", other.string(),
                        shell_quoted(folder.empty() ? "." : folder.string()));
  }
  return text;
}

std::vector<PluginInfo> WorkerPool::plugins() const {
  std::vector<PluginInfo> plugins;
  for (const auto& entry : workers_) {
    for (const auto& plugin : entry->catalog.plugins) {
      const bool is_known = std::any_of(plugins.begin(), plugins.end(), [&](const auto& other) {
        return other.path == plugin.path;
      });
      if (!is_known) plugins.push_back(plugin);
    }
  }
  return plugins;
}

}  // namespace roundtrip
