#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "runner/history/store.h"

namespace roundtrip {

/// The history of a configuration, opened to be read.
struct PastRuns {
  HistoryStore store;
  std::vector<PastRun> runs;  ///< the oldest first; at least one

  /// By its number, or from -1, the last, backwards. Throws UsageError when there is none.
  const PastRun& find(std::int64_t number) const;
};

/// Nothing when the configuration has not been run on this machine. Throws UsageError when there is
/// no such file, and Error when the history cannot be read.
std::optional<PastRuns> find_past_runs(const std::filesystem::path& config);

/// The same; of nothing, an error is printed.
std::optional<PastRuns> open_past_runs(const std::filesystem::path& config);

}  // namespace roundtrip
