#include "runner/history/history.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "runner/report/report_file.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

/// Bazel's tests write nowhere but below TEST_TMPDIR.
fs::path cache_folder() {
  const char* bazel = std::getenv("TEST_TMPDIR");
  if (bazel != nullptr && *bazel != '\0') return bazel;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return cache;  // a relative one is to be ignored
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? fs::path(home) / ".cache" : fs::path();
}

}  // namespace

fs::path history_folder(const fs::path& config) {
  const fs::path cache = cache_folder();
  if (cache.empty()) return {};
  const fs::path file = fs::weakly_canonical(config);
  const std::size_t hash = std::hash<std::string>()(file.string());
  return cache / "roundtrip" / fmt::format("{}-{:016x}", file.stem().string(), hash);
}

History History::load(const fs::path& file, std::string& warning) {
  History history;
  std::ifstream stream(file);
  if (!stream) return history;
  try {
    const auto json = nlohmann::json::parse(stream);
    for (const auto& [id, entry] : json.at("tests").items()) {
      history.entries_[id] = {entry.at("outcome"), entry.at("seconds"), entry.at("bad")};
    }
  } catch (const nlohmann::json::exception&) {
    warning = file.string() + " is damaged; the history of earlier runs begins anew";
    history.entries_.clear();
  }
  return history;
}

const History::Entry* History::find(const std::string& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

void History::add(const TestResult& result) {
  constexpr double kNewShare = 0.5;
  const std::string id = result.test->base_id();
  const auto [entry, is_new] = entries_.try_emplace(id);
  const bool is_repeated = !added_.insert(id).second;
  const double seconds = result.last().seconds;
  entry->second.seconds =
      is_new ? seconds : kNewShare * seconds + (1 - kNewShare) * entry->second.seconds;
  if (is_repeated && entry->second.is_bad) return;  // one bad repetition is what counts
  entry->second.outcome = outcome_name(result.outcome);
  entry->second.is_bad = result.is_bad();
}

void History::save(const fs::path& file) const {
  nlohmann::ordered_json tests = nlohmann::ordered_json::object();
  for (const auto& [id, entry] : entries_) {
    tests[id] = {{"outcome", entry.outcome}, {"seconds", entry.seconds}, {"bad", entry.is_bad}};
  }
  write_report_file(file, to_line({{"version", 1}, {"tests", std::move(tests)}}));
}

}  // namespace roundtrip
