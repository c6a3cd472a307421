#include "runner/page/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

/// A page must open quickly: the JSON report has all of a text.
constexpr std::size_t kLongestText = 64 * 1024;
constexpr std::size_t kLongestGoodText = 4 * 1024;

/// Head and tail, which tell the most.
std::string page_text(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return printable(text);
  return fmt::format("{}\n... {} bytes are left out here; the JSON report has them ...\n{}",
                     printable(text.substr(0, longest / 2)), text.size() - longest,
                     printable(text.substr(text.size() - longest / 2)));
}

/// The places of names, in the order in which they came.
class Columns {
 public:
  std::size_t place(const std::string& name) {
    const auto [entry, is_new] = places_.emplace(name, names_.size());
    if (is_new) names_.push_back(name.empty() ? "all tests" : printable(name));
    return entry->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::map<std::string, std::size_t> places_;
  std::vector<std::string> names_;
};

std::string column_of(const PlannedTest& test) {
  return test.run.empty() || test.transform.empty() ? test.run + test.transform
                                                    : test.run + " / " + test.transform;
}

void add_note(std::vector<std::string>& notes, const std::string& start, const std::string& why) {
  notes.push_back(printable(why.empty() ? start : start + ": " + why));
}

std::vector<std::string> notes_of(const PlannedTest& test) {
  std::vector<std::string> notes;
  if (test.xfail) {
    const std::string& property = test.xfail->property;
    add_note(notes, "expected to fail" + (property.empty() ? "" : " (" + property + ")"),
             test.xfail->reason);
  }
  if (test.quarantine) {
    add_note(notes, "in quarantine until " + test.quarantine->expires, test.quarantine->reason);
  }
  if (!test.file.empty()) add_note(notes, fmt::format("{}:{}", test.file, test.line), "");
  if (!test.tags.empty()) add_note(notes, "tags", fmt::format("{}", fmt::join(test.tags, ", ")));
  return notes;
}

PageResult planned(const PlannedTest& test, Columns& columns, SettingsTexts& settings) {
  PageResult result;
  result.id = printable(test.id());
  result.base_id = test.base_id();
  result.row = printable(test.suite + "." + test.test);
  result.column = columns.place(column_of(test));
  result.notes = notes_of(test);
  result.settings = settings.of(test.settings);
  return result;
}

PageResult finished(const TestResult& ended, Columns& columns, SettingsTexts& settings) {
  PageResult result = planned(*ended.test, columns, settings);
  result.outcome = ended.outcome;
  result.is_bad = ended.is_bad();
  result.is_excused = ended.is_excused();
  result.seconds = ended.seconds();
  result.message = page_text(ended.cause().message, kLongestText);
  if (ended.is_slow) add_note(result.notes, "slow", "");
  if (ended.is_resumed)
    add_note(result.notes, "from an earlier run that this one goes on from", "");
  if (!ended.artifacts.empty() || !ended.artifacts_note.empty()) {
    const std::string folder = ended.artifacts.string();
    const bool has_both = !folder.empty() && !ended.artifacts_note.empty();
    add_note(result.notes, "programs", folder + (has_both ? ", " : "") + ended.artifacts_note);
  }
  if (ended.runs > 1) add_note(result.notes, fmt::format("run {} times", ended.runs), "");
  const std::size_t longest = ended.fails() ? kLongestText : kLongestGoodText;
  for (Attempt attempt : ended.attempts) {
    for (auto* text : {&attempt.message, &attempt.output, &attempt.backtrace}) {
      *text = page_text(*text, longest);
    }
    for (auto& subcase : attempt.subcases) subcase = printable(subcase);
    for (auto& process : attempt.left_running) process = printable(process);
    result.attempts.push_back(std::move(attempt));
  }
  return result;
}

/// Without the run's name, of which the column tells.
std::string name_in_run(const PastResult& result) {
  const std::string start = result.cell + " ";
  return !result.cell.empty() && result.id.starts_with(start) ? result.id.substr(start.size())
                                                              : result.id;
}

/// Of the history, which does not say whether a test in quarantine would have been bad.
bool is_excused(const PastResult& result) {
  const bool is_good = result.outcome == Outcome::passed || result.outcome == Outcome::skipped ||
                       result.outcome == Outcome::xfailed || result.outcome == Outcome::flaky;
  return result.is_quarantined && !result.is_bad && !is_good;
}

}  // namespace

const std::vector<OutcomeLook>& outcome_looks() {
  static const std::vector<OutcomeLook> looks = [] {
    constexpr std::array<const char*, kOutcomes.size()> kSigns = {"✓", "~", "F", "E", "S",
                                                                  "x", "X", "C", "T"};
    std::vector<OutcomeLook> all;
    for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
      all.push_back({kOutcomes[i], std::string(outcome_name(kOutcomes[i])), kSigns[i]});
    }
    all.push_back({std::nullopt, "not_run", "–"});
    return all;
  }();
  return looks;
}

const OutcomeLook& look_of(std::optional<Outcome> outcome) {
  const auto& looks = outcome_looks();
  return *std::find_if(looks.begin(), looks.end(),
                       [&](const auto& look) { return look.outcome == outcome; });
}

std::size_t Page::count(std::optional<Outcome> outcome) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const auto& result) { return result.outcome == outcome; }));
}

Page page_of(const Report& report) {
  Page page;
  page.run = past_run(report.results, report.environment, report.part);
  Columns columns;
  SettingsTexts settings;
  for (const auto& ended : report.results.tests) {
    page.results.push_back(finished(ended, columns, settings));
  }
  for (const auto* test : report.results.not_run) {
    page.results.push_back(planned(*test, columns, settings));
    page.results.back().message = "not run: " + printable(report.results.why_not_run());
  }
  page.columns = columns.take();
  return page;
}

Page page_of(const PastRun& run, const PastResults& results) {
  Page page;
  page.run = run;
  Columns columns;
  for (const auto& past : results) {
    PageResult result;
    result.id = printable(past.id);
    result.base_id = past.id;
    result.row = printable(name_in_run(past));
    result.column = columns.place(past.cell);
    result.outcome = past.outcome;
    result.is_bad = past.is_bad;
    result.is_excused = is_excused(past);
    result.seconds = past.seconds;
    result.message = printable(past.message);
    if (past.is_quarantined) add_note(result.notes, "in quarantine", "");
    result.settings = past.settings;
    page.results.push_back(std::move(result));
  }
  page.columns = columns.take();
  return page;
}

void add_night(Page& page, const PastRun& run, const PastResults& results) {
  page.nights.push_back(run);
  for (auto& result : page.results) {
    const PastResult* past = find_result(results, result.base_id);
    if (past == nullptr) continue;
    result.events.push_back({page.nights.size() - 1, past->outcome, past->seconds});
  }
}

}  // namespace roundtrip
