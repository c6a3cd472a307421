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

/// Without the place in its source, which says nothing of what it does.
std::string record_of(const PlannedTest& test) {
  auto record = test_json(test);
  record.erase("file");
  record.erase("line");
  return to_line(record) + nlohmann::json(*test.suite_call).dump();
}

}  // namespace

TestHashes test_hashes(const Session& session) {
  TestHashes hashes;
  for (const auto& test : session.plan) {
    const RunConfig& run = session.config->runs[test.run_index];
    std::string text = record_of(test) + nlohmann::json(run.environment).dump();
    for (const auto& plugin : session.workers->catalog(run).plugins) {
      if (!offers_part_of(plugin, test)) continue;
      text += session.contents.at(plugin.path);
      for (const auto& library : plugin.libraries) text += session.contents.at(library);
    }
    hashes[test.base_id()] = fmt::format("{:016x}", stable_hash(text));
  }
  return hashes;
}

}  // namespace roundtrip
