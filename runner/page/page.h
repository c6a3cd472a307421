#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "runner/history/past_run.h"
#include "runner/report/read_report.h"

namespace roundtrip {

/// How a test ended in an earlier run.
struct PageEvent {
  std::size_t night = 0;  ///< its place in `Page::nights`
  Outcome outcome = Outcome::passed;
  double seconds = 0;
};

/// One test as the page shows it, in texts that are fit to be read.
struct PageResult {
  std::string id;       ///< unique on the page
  std::string base_id;  ///< by which earlier runs know it
  std::string row;
  std::size_t column = 0;
  /// Nothing when it was planned and not run.
  std::optional<Outcome> outcome;
  bool is_bad = false;
  bool is_excused = false;  ///< it failed, and is in quarantine
  double seconds = 0;
  std::string message;
  std::vector<std::string> notes;  ///< sentences: why it is expected to fail, where it is, ...
  std::shared_ptr<const std::string> settings;  ///< a line of JSON
  std::vector<Attempt> attempts;                ///< none where only the history is known
  std::vector<PageEvent> events;                ///< the oldest first

  bool is_failure() const { return is_bad || is_excused; }
};

/// What one page tells.
struct Page {
  PastRun run;
  std::vector<std::string> columns;  ///< runs of the configuration, and transforms
  std::vector<PageResult> results;
  std::vector<PastRun> nights;  ///< the oldest first

  std::size_t count(std::optional<Outcome> outcome) const;
};

/// How an outcome is called and which sign stands for it beside its colour.
struct OutcomeLook {
  std::optional<Outcome> outcome;
  std::string name;  ///< as the JSON report spells it, or "not_run"
  std::string sign;
};

/// In the order of `kOutcomes`, then that of a test that was not run.
const std::vector<OutcomeLook>& outcome_looks();
const OutcomeLook& look_of(std::optional<Outcome> outcome);

/// The page of a JSON report: a row for each test of a suite, a column for each run and transform.
Page page_of(const Report& report);

/// The page of what the history knows of a run: a row for each derived test, a column for each run
/// of the configuration.
Page page_of(const PastRun& run, const PastResults& results);

/// Adds an earlier run to the trends of the page's tests. Runs come the oldest first.
void add_night(Page& page, const PastRun& run, const PastResults& results);

/// The page as one HTML file that needs no other and no network.
std::string page_html(const Page& page);

}  // namespace roundtrip
