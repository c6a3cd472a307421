#include "runner/cli/past_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "runner/cli/arguments.h"
#include "runner/history/history.h"
#include "runner/report/console_style.h"

namespace roundtrip {

const PastRun& PastRuns::find(std::int64_t number) const {
  const auto size = static_cast<std::int64_t>(runs.size());
  if (number < 0 && -number <= size) return runs[static_cast<std::size_t>(size + number)];
  const auto found =
      std::find_if(runs.begin(), runs.end(), [&](const auto& run) { return run.number == number; });
  if (number > 0 && found != runs.end()) return *found;
  throw UsageError(fmt::format("the history has no run {}; it has {}, {} to {}", number,
                               counted(runs.size(), "run"), runs.front().number,
                               runs.back().number));
}

std::optional<PastRuns> find_past_runs(const std::filesystem::path& config) {
  std::error_code ignored;
  if (!std::filesystem::exists(config, ignored)) {
    throw UsageError(
        fmt::format("{}: there is no such file; give a configuration", config.string()));
  }
  const auto folder = history_folder(config);
  if (folder.empty()) throw UsageError("there is no folder for the history; set XDG_CACHE_HOME");
  if (auto store = HistoryStore::open(history_file(folder))) {
    store->hold_still();
    auto runs = store->runs();
    if (!runs.empty()) return PastRuns{std::move(*store), std::move(runs)};
  }
  return std::nullopt;
}

std::optional<PastRuns> open_past_runs(const std::filesystem::path& config) {
  if (auto past = find_past_runs(config)) return past;
  std::cerr << fmt::format("error: {} has no history: it has not been run on this machine\n",
                           config.string());
  return std::nullopt;
}

}  // namespace roundtrip
