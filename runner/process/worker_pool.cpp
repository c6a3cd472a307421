#include "runner/process/worker_pool.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "runner/plan/names.h"
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
  for (const auto& run : config.runs) index_of_run_.push_back(find_or_add(run, extra));
  for (std::size_t i = 0; i < workers_.size(); ++i) load(i);
}

std::size_t WorkerPool::find_or_add(const RunConfig& run,
                                    const std::vector<std::filesystem::path>& extra) {
  PluginPlaces places = config_.plugins_of(run);
  places.add({{}, extra});
  const auto plugins = find_plugins(places.only, places.added);
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return entry->plugins == plugins && entry->environment == run.environment;
  });
  const auto index = static_cast<std::size_t>(found - workers_.begin());
  if (found != workers_.end()) return index;
  workers_.push_back(std::make_unique<Entry>(
      Entry{plugins, run.environment, WorkerClient(plugins, run.environment)}));
  return index;
}

/// Asks for everything at once, so that the worker need not keep running until its tests start.
void WorkerPool::load(std::size_t index) {
  Entry& entry = *workers_[index];
  entry.catalog = entry.client.load();
  for (std::size_t run = 0; run < index_of_run_.size(); ++run) {
    if (index_of_run_[run] != index || !entry.catalog.faults.empty()) continue;
    for (const auto& name : config_.runs[run].suites) {
      const auto suite = resolve_suite(name.text, config_, entry.catalog);
      if (suite != nullptr) list(entry, *suite);
    }
  }
  if (index >= kMostIdle) entry.client.end();
}

void WorkerPool::list(Entry& entry, const SuiteCall& suite) {
  for (const auto& listing : entry.listings) {
    if (listing.suite == suite) return;
  }
  Listing& listing = entry.listings.emplace_back(Listing{suite});
  try {
    listing.listed = entry.client.list_tests(suite);
  } catch (const Error& error) {
    listing.fault = error.what();
  }
}

bool WorkerPool::has_scope(const PlannedTest& test) const {
  const Catalog& catalog = workers_[index_of_run_[test.run_index]]->catalog;
  const SuiteCall& suite = *test.suite_call;
  const Offer* offer =
      suite.kind.empty() ? catalog.find_suite(suite.name) : catalog.find_kind(suite.kind);
  return offer != nullptr && offer->has_scope;
}

void WorkerPool::add_scopes(const std::vector<PlannedTest>& plan) {
  for (const auto& test : plan) {
    const std::pair key(index_of_run_[test.run_index], test.suite_call.get());
    if (index_of_scope_.count(key) > 0 || !has_scope(test)) continue;
    index_of_scope_[key] = find_or_add_scope(key.first, test.suite_call);
  }
}

/// Runs that have the same plugins and environment share a suite that is the same.
std::size_t WorkerPool::find_or_add_scope(std::size_t worker,
                                          const std::shared_ptr<const SuiteCall>& suite) {
  const Entry& base = *workers_[worker];
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return entry->suite != nullptr && *entry->suite == *suite && entry->plugins == base.plugins &&
           entry->environment == base.environment;
  });
  const auto index = static_cast<std::size_t>(found - workers_.begin());
  if (found == workers_.end()) {
    workers_.push_back(std::make_unique<Entry>(Entry{
        base.plugins, base.environment, WorkerClient(base.plugins, base.environment), {}, suite}));
  }
  return index;
}

std::size_t WorkerPool::index_of(const PlannedTest& test) const {
  const std::size_t worker = index_of_run_[test.run_index];
  const auto scope = index_of_scope_.find({worker, test.suite_call.get()});
  return scope != index_of_scope_.end() ? scope->second : worker;
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
  return listing_of(run, suite).tests;
}

const std::vector<std::string>& WorkerPool::suite_files(const RunConfig& run,
                                                        const SuiteCall& suite) {
  return listing_of(run, suite).files;
}

std::vector<std::string> WorkerPool::suite_files() const {
  std::vector<std::string> files;
  for (const auto& entry : workers_) {
    for (const auto& listing : entry->listings) add_once(listing.listed.files, files);
  }
  return files;
}

const SuiteListing& WorkerPool::listing_of(const RunConfig& run, const SuiteCall& suite) {
  for (const auto& listing : entry_of(run).listings) {
    if (!(listing.suite == suite)) continue;
    if (!listing.fault.empty()) throw PluginError(listing.fault);
    return listing.listed;
  }
  throw PluginError("was not listed");  // none of a run of the configuration
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
