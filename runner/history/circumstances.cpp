#include "runner/history/circumstances.h"

#include <map>
#include <tuple>

namespace roundtrip {

namespace {

std::string known(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

void add_environment(const Environment& before, const Environment& after,
                     std::vector<Circumstance>& found) {
  const auto add = [&](const char* name, const std::string& old, const std::string& now) {
    if (old != now) found.push_back({name, known(old), known(now), {}});
  };
  add("LibTorch", before.libtorch, after.libtorch);
  add("roundtrip", before.roundtrip, after.roundtrip);
  add("compiler", before.compiler, after.compiler);
  add("system", before.system, after.system);
  add("processor", before.cpu, after.cpu);
  add("cores", std::to_string(before.cores), std::to_string(after.cores));
}

/// The same difference in many cells is one.
void add_facts(const RunFacts& before, const RunFacts& after, std::vector<Circumstance>& found) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::string>> runs_of;
  std::size_t common = 0;
  for (const auto& [run, facts] : before) {
    const auto other = after.find(run);
    if (other == after.end()) continue;
    ++common;
    for (const auto& difference : differences(facts, other->second)) {
      runs_of[{difference.name, difference.first, difference.second}].push_back(run);
    }
  }
  for (auto& [difference, runs] : runs_of) {
    const auto& [name, first, second] = difference;
    if (runs.size() == common) runs.clear();
    found.push_back({name, first, second, std::move(runs)});
  }
}

}  // namespace

std::vector<Circumstance> circumstances(const PastRun& before, const PastRun& after) {
  std::vector<Circumstance> found;
  add_environment(before.environment, after.environment, found);
  if (before.jobs != after.jobs) {
    found.push_back({"--jobs", std::to_string(before.jobs), std::to_string(after.jobs), {}});
  }
  if (before.part.selection != after.part.selection) {
    const auto text = [](const std::string& selection) {
      return selection.empty() ? std::string("all tests") : selection;
    };
    found.push_back({"chosen", text(before.part.selection), text(after.part.selection), {}});
  }
  if (before.part.configuration != after.part.configuration) {
    found.push_back(
        {"configuration", known(before.part.configuration), known(after.part.configuration), {}});
  }
  add_facts(before.part.facts, after.part.facts, found);
  return found;
}

}  // namespace roundtrip
