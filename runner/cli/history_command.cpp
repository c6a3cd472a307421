#include <fmt/format.h>
#include <fnmatch.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/past_runs.h"
#include "runner/history/diff_text.h"
#include "runner/report/test_json.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

constexpr const char* kHistoryHelp =
    "roundtrip history CONFIG [TEST] [options]\n"
    "\n"
    "Lists the runs of a configuration on this machine that are kept, the latest last; which are\n"
    "kept, the configuration's 'history' says (90 days, 1000 runs, 512 MiB).\n"
    "\n"
    "With TEST, a name as 'roundtrip list' prints it or a glob, lists how it ended in them, and\n"
    "marks with '*' where that changed: the commit is that of the configuration's folder. How\n"
    "steady it is follows: a run is unsteady in which it failed, or passed only when tried again,\n"
    "though it passed in another one of the same plugins, LibTorch and settings.\n"
    "\n"
    "Examples:\n"
    "  roundtrip history config/nightly.yaml\n"
    "  roundtrip history config/nightly.yaml '*.test_basic*' --last 50\n"
    "  roundtrip history config/nightly.yaml --flaky\n";

/// What a run was of, where that was not all.
std::string remark(const PastRun& run) {
  std::vector<std::string> remarks;
  if (run.part.shard.is_part()) {
    remarks.push_back(fmt::format("shard {}/{}", run.part.shard.index, run.part.shard.total));
  }
  if (run.part.facts.size() < run.part.runs.size()) {
    remarks.push_back(fmt::format("{} of {} runs", run.part.facts.size(), run.part.runs.size()));
  }
  if (!run.part.selection.empty()) remarks.push_back(run.part.selection);
  if (!run.cut_short.empty()) remarks.push_back(run.cut_short);
  return printable(fmt::format("{}", fmt::join(remarks, ", ")));
}

void print_runs(const std::vector<PastRun>& runs) {
  std::cout << fmt::format("{:>5}  {:<16}  {:>7}  {:>6}  {:>9}  {:<18}  {:<8}  {}\n", "run",
                           "started (UTC)", "tests", "failed", "time", "commit", "LibTorch", "");
  for (const auto& run : runs) {
    std::cout << fmt::format("{:>5}  {:<16}  {:>7}  {:>6}  {:>7.1f} s  {:<18}  {:<8}  {}\n",
                             run.number, time_text(run.started), run.results, run.bad, run.seconds,
                             short_commit(run.environment.commit), run.environment.libtorch,
                             remark(run));
  }
}

bool is_changed(const PastResult& before, const PastResult& after) {
  return before.outcome != after.outcome || before.is_bad != after.is_bad;
}

/// The last `last` results of one test.
void print_events(const PastRuns& past, const std::vector<TestEvent>& events, std::size_t last) {
  const std::size_t first = events.size() > last ? events.size() - last : 0;
  std::cout << events.front().result.id << "\n";
  for (std::size_t i = first; i < events.size(); ++i) {
    const PastRun& run = past.find(events[i].run);
    const PastResult& result = events[i].result;
    const bool is_marked = i > 0 && is_changed(events[i - 1].result, result);
    const std::string message = printable(result.message.substr(0, result.message.find('\n')));
    std::cout << fmt::format("  {}{:>5}  {:<16}  {:<9}  {:>8.3f} s  {:<18}  {}{}\n",
                             is_marked ? '*' : ' ', run.number, time_text(run.started),
                             outcome_name(result.outcome), result.seconds,
                             short_commit(run.environment.commit),
                             result.is_quarantined ? "(in quarantine) " : "", message);
  }
}

/// Where a test last became what it is.
void print_last_change(const PastRuns& past, const std::vector<TestEvent>& events) {
  for (std::size_t i = events.size(); i-- > 1;) {
    const PastResult &before = events[i - 1].result, &after = events[i].result;
    if (!is_changed(before, after)) continue;
    std::cout << fmt::format("  {} since {}; {} in {}\n", outcome_name(after.outcome),
                             run_title(past.find(events[i].run)), outcome_name(before.outcome),
                             run_title(past.find(events[i - 1].run)));
    return;
  }
  std::cout << fmt::format("  {} in all {} runs\n", outcome_name(events.back().result.outcome),
                           events.size());
}

nlohmann::ordered_json event_json(const PastRuns& past, const TestEvent& event) {
  return {{"run", event.run},
          {"started", time_text(past.find(event.run).started)},
          {"commit", text_or_null(past.find(event.run).environment.commit)},
          {"outcome", outcome_name(event.result.outcome)},
          {"bad", event.result.is_bad},
          {"duration", event.result.seconds},
          {"message", event.result.message}};
}

std::string steadiness_text(const Steadiness& test) {
  return fmt::format("unsteady in {} of {} runs ({:.1f} %)", test.unsteady, test.runs,
                     100.0 * static_cast<double>(test.unsteady) /
                         static_cast<double>(std::max<std::size_t>(test.runs, 1)));
}

std::map<std::string, Steadiness> steadiness_by_id(const HistoryStore& store) {
  std::map<std::string, Steadiness> by_id;
  for (auto& test : store.steadiness()) by_id[test.id] = test;
  return by_id;
}

/// A cell's name may have brackets: an exact name is not read as a glob.
std::vector<std::string> matching_tests(const HistoryStore& store, const std::string& pattern) {
  std::vector<std::string> ids = store.test_ids();
  if (std::find(ids.begin(), ids.end(), pattern) != ids.end()) return {pattern};
  std::erase_if(ids, [&](const auto& id) {
    return ::fnmatch(pattern.c_str(), id.c_str(), 0) != 0 &&
           ::fnmatch(("* " + pattern).c_str(), id.c_str(), 0) != 0;
  });
  return ids;
}

int show_tests(const PastRuns& past, const std::string& pattern, std::size_t last, bool as_json) {
  const auto ids = matching_tests(past.store, pattern);
  if (ids.empty()) {
    std::cerr << fmt::format("error: no test that has been run is called '{}'\n", pattern);
    return kNothingSelected;
  }
  const auto steadiness = steadiness_by_id(past.store);
  JsonList list;
  for (const auto& id : ids) {
    const auto events = past.store.events(id);
    if (events.empty()) continue;
    const auto known = steadiness.find(id);
    if (as_json) {
      auto entries = nlohmann::ordered_json::array();
      for (const auto& event : events) entries.push_back(event_json(past, event));
      const Steadiness steady = known == steadiness.end() ? Steadiness{} : known->second;
      list.push_back({{"id", id},
                      {"runs", steady.runs},
                      {"unsteady", steady.unsteady},
                      {"results", std::move(entries)}});
      continue;
    }
    print_events(past, events, last);
    print_last_change(past, events);
    if (known != steadiness.end() && known->second.unsteady > 0) {
      std::cout << "  " << steadiness_text(known->second) << "\n";
    }
  }
  if (as_json) std::cout << to_text(std::move(list));
  return kAllAsExpected;
}

int show_flaky(const PastRuns& past, bool as_json) {
  auto tests = past.store.steadiness();
  std::erase_if(tests, [](const auto& test) { return test.unsteady == 0; });
  std::stable_sort(tests.begin(), tests.end(), [](const auto& a, const auto& b) {
    return a.unsteady * b.runs > b.unsteady * a.runs;
  });
  JsonList list;
  for (const auto& test : tests) {
    list.push_back({{"id", test.id}, {"runs", test.runs}, {"unsteady", test.unsteady}});
    if (!as_json) std::cout << fmt::format("{}  {}\n", test.id, steadiness_text(test));
  }
  if (as_json) std::cout << to_text(std::move(list));
  if (!as_json && tests.empty()) std::cout << "every test is steady, as far as is known\n";
  return kAllAsExpected;
}

int show_runs(const PastRuns& past, std::size_t last, bool as_json) {
  const auto first =
      past.runs.end() - static_cast<std::ptrdiff_t>(std::min(last, past.runs.size()));
  const std::vector<PastRun> runs(first, past.runs.end());
  if (!as_json) {
    print_runs(runs);
    return kAllAsExpected;
  }
  JsonList list;
  for (const auto& run : runs) list.push_back(run_json(run));
  std::cout << to_text(std::move(list));
  return kAllAsExpected;
}

}  // namespace

int history_command(const CommandLine& line) {
  Arguments arguments("history", kHistoryHelp);
  arguments.add_config();
  arguments.add_name();
  arguments.options().add_options()  //
      ("last", boost::program_options::value<std::size_t>()->default_value(20)->value_name("N"),
       "list the last N runs")                                                 //
      ("flaky", "list the tests that are not steady, the least steady first")  //
      ("json", "print the same as JSON; of a test all runs");
  if (!arguments.parse(line)) return kAllAsExpected;
  const auto past = open_past_runs(arguments.required_config());
  if (!past) return kNothingSelected;
  const bool as_json = arguments.has("json");
  const auto last = arguments.get<std::size_t>("last");
  if (arguments.has("flaky")) return show_flaky(*past, as_json);
  if (const auto test = arguments.text("NAME")) return show_tests(*past, *test, last, as_json);
  return show_runs(*past, last, as_json);
}

}  // namespace roundtrip
