#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runner/history/diff.h"
#include "runner/report/terminal.h"

namespace roundtrip {

/// "run 12 (2026-11-29 02:17, commit 0123456789ab)".
std::string run_title(const PastRun& run);

/// "2026-11-29 02:17", in UTC.
std::string time_text(std::chrono::system_clock::time_point time);

/// The first digits of a commit, with the mark of a changed checkout.
std::string short_commit(const std::string& commit);

/// "worse: 2 newly failing; 3 fixed, 1 new", or "nothing has changed".
std::string summary_text(const RunDiff& diff);

/// For a person; of each kind of change so many tests, or all where it is 0.
std::string diff_text(const RunDiff& diff, const PastRun& before, const PastRun& after,
                      const Terminal& terminal, std::size_t most);

/// The same for GitHub, in Markdown.
std::string diff_markdown(const RunDiff& diff, const PastRun& before, const PastRun& after);

nlohmann::ordered_json diff_json(const RunDiff& diff, const PastRun& before, const PastRun& after);

/// What is known of a run but for its results.
nlohmann::ordered_json run_json(const PastRun& run);

}  // namespace roundtrip
