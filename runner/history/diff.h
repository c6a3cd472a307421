#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "runner/history/past_run.h"

namespace roundtrip {

enum class ChangeKind {
  newly_failing,
  newly_flaky,
  slower,
  not_run,
  fixed,
  added,
  gone,
  message,
  skip,
  xfail,
  quarantine
};

/// One kind of change: its name in JSON, its title for people, and whether it is for the worse.
struct ChangeInfo {
  ChangeKind kind;
  const char* name;
  const char* title;
  bool is_worse;
};

/// Every kind, in the order in which changes are told.
const std::array<ChangeInfo, 11>& all_changes();

/// What became of a test. One of the results is null when the test was in one run only; both
/// belong to the runs that were compared.
struct Change {
  ChangeKind kind;
  const PastResult* before = nullptr;
  const PastResult* after = nullptr;
  /// The median times, where it is those that changed.
  double seconds_before = 0;
  double seconds_after = 0;

  const std::string& id() const { return (after != nullptr ? after : before)->id; }
};

/// A run, with the results of up to two earlier ones by which its times are judged: on the same
/// machine, and with tests that were chosen in the same way. The latest first.
struct ComparedRun {
  PastRun run;
  PastResults results;
  std::vector<PastResults> earlier;
};

/// What two runs depend on and do not have in common, in some runs of the configuration or, where
/// `runs` is empty, in all.
struct Circumstance {
  std::string name;
  std::string before;
  std::string after;
  std::vector<std::string> runs;
};

/// What is different between two runs.
struct RunDiff {
  std::vector<Change> changes;  ///< by kind, then by id
  std::vector<Circumstance> circumstances;
  std::vector<std::string> notes;  ///< sentences on what was not compared, and why
  std::size_t compared = 0;        ///< tests that are in both

  std::size_t count(ChangeKind kind) const;
  bool is_worse() const;
  /// Whether a test that was run is gone, or skipped now.
  bool has_lost() const;
};

/// Compares two runs. `was_flaky` says of a test whether it was flaky in earlier runs.
RunDiff compare(const ComparedRun& before, const ComparedRun& after,
                const std::function<bool(const std::string&)>& was_flaky);

/// The median time of a result and of those of the same settings before it, of good ones.
struct UsualTime {
  double seconds = 0;
  std::size_t runs = 0;  ///< of how many; 0 when the result has no time to compare
};
UsualTime usual_time(const ComparedRun& run, const PastResult& result);

}  // namespace roundtrip
