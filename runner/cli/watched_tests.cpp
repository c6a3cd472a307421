#include "runner/cli/watched_tests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "runner/process/protocol.h"
#include "runner/report/test_json.h"
#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

bool offers_part_of(const PluginInfo& plugin, const PlannedTest& test) {
  const SuiteCall& suite = *test.suite_call;
  const bool offers_suite = suite.kind.empty() ? has_offer(plugin.suites, suite.name)
                                               : has_offer(plugin.kinds, suite.kind);
  return offers_suite || std::any_of(test.chain.begin(), test.chain.end(), [&](const auto& link) {
           return has_offer(plugin.transforms, link.name);
         });
}

std::string hash_of(const std::string& text) {
  return fmt::format("{:016x}", stable_hash(text));
}

/// Without the place in its source, which says nothing of what it does.
std::string record_of(const PlannedTest& test) {
  auto record = test_json(test);
  record.erase("file");
  record.erase("line");
  return to_line(record);
}

/// The environment of the test's process, and the commands that are run before it.
std::string surroundings_of(const PlannedTest& test, const Config& config) {
  auto commands = nlohmann::json::array();
  const FilterSubject subject = filter_subject(test);
  for (const auto& entry : config.setup) {
    if (entry.filter.matches(subject)) {
      commands.push_back({entry.name.text, entry.command, entry.folder.string()});
    }
  }
  const nlohmann::json surroundings = {config.runs[test.run_index].environment, test.environment,
                                       test.fault, commands};
  return surroundings.dump();
}

/// By which a file is told from what it was, without reading it: programs may be large. Of a folder
/// which files it has.
std::string state_of(const fs::path& path) {
  std::error_code missing;
  if (fs::is_directory(path)) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.insert(entry.path().filename());
    return fmt::format("{}", fmt::join(names, "/"));
  }
  const auto time = fs::last_write_time(path, missing).time_since_epoch().count();
  return missing ? "" : fmt::format("{} {}", fs::file_size(path, missing), time);
}

/// Of suites, which many tests share: their options, which may be long, and the files that they
/// name.
class SuiteHashes {
 public:
  explicit SuiteHashes(const Session& session) : session_(session) {}

  const std::string& of(const PlannedTest& test) {
    const auto [entry, is_new] = hashes_.try_emplace({test.run_index, test.suite_call.get()});
    if (is_new) entry->second = hash(session_.config->runs[test.run_index], *test.suite_call);
    return entry->second;
  }

 private:
  std::string hash(const RunConfig& run, const SuiteCall& suite) {
    std::string text = nlohmann::json(suite).dump();
    for (const auto& file : session_.workers->suite_files(run, suite)) {
      const auto [state, is_new] = states_.try_emplace(file);
      if (is_new) state->second = state_of(file);
      text += file + state->second;
    }
    return hash_of(text);
  }

  const Session& session_;
  std::map<std::pair<std::size_t, const SuiteCall*>, std::string> hashes_;
  std::map<std::string, std::string> states_;
};

}  // namespace

TestHashes test_hashes(const Session& session) {
  TestHashes hashes;
  SuiteHashes suites(session);
  for (const auto& test : session.plan) {
    const RunConfig& run = session.config->runs[test.run_index];
    std::string text = record_of(test) + suites.of(test) + surroundings_of(test, *session.config);
    for (const auto& plugin : session.workers->catalog(run).plugins) {
      if (!offers_part_of(plugin, test)) continue;
      text += session.contents.at(plugin.path);
      for (const auto& library : plugin.libraries) text += session.contents.at(library);
    }
    hashes[test.base_id()] = hash_of(text);
  }
  return hashes;
}

}  // namespace roundtrip
