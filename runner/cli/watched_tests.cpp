#include "runner/cli/watched_tests.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/process/protocol.h"
#include "runner/report/test_json.h"
#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

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

/// Of suites, which many tests share and whose options may be long.
class SuiteHashes {
 public:
  const std::string& of(const SuiteCall& suite) {
    const auto [entry, is_new] = hashes_.try_emplace(&suite);
    if (is_new) entry->second = hash_of(nlohmann::json(suite).dump());
    return entry->second;
  }

 private:
  std::unordered_map<const SuiteCall*, std::string> hashes_;
};

}  // namespace

TestHashes test_hashes(const Session& session) {
  TestHashes hashes;
  SuiteHashes suites;
  for (const auto& test : session.plan) {
    const RunConfig& run = session.config->runs[test.run_index];
    std::string text =
        record_of(test) + suites.of(*test.suite_call) + surroundings_of(test, *session.config);
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
