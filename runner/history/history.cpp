#include "runner/history/history.h"

#include <fmt/format.h>

#include <cstdlib>
#include <functional>

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

fs::path history_file(const fs::path& folder) {
  return folder / "history.sqlite";
}

History History::load(const fs::path& folder, std::string& warning) {
  History history;
  const fs::path file = history_file(folder), old = folder / "history.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored) && fs::exists(old, ignored)) {
    warning = old.string() + " is of an earlier version and is not read; the history starts over";
  }
  try {
    if (const auto store = HistoryStore::open(file)) history.tests_ = store->known_tests();
  } catch (const Error& error) {
    warning = fmt::format("{}; this run knows nothing of earlier ones", error.what());
  }
  return history;
}

const KnownTest* History::find(const std::string& id) const {
  const auto found = tests_.find(id);
  return found == tests_.end() ? nullptr : &found->second;
}

void History::add(const TestResult& result) {
  const std::string id = result.test->base_id();
  const auto [entry, is_new] = tests_.try_emplace(id);
  KnownTest& test = entry->second;
  const bool is_repeated = !added_.insert(id).second;
  const double seconds = result.last().seconds;
  test.seconds = is_new ? seconds : (seconds + test.seconds) / 2;
  if (is_repeated && test.is_bad) return;  // one bad repetition is what counts
  test.outcome = outcome_name(result.outcome);
  test.is_bad = result.is_bad();
}

}  // namespace roundtrip
