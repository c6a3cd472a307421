#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <iostream>
#include <random>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/run_environment.h"
#include "runner/cli/run_in_process.h"
#include "runner/cli/run_reporters.h"
#include "runner/cli/session.h"
#include "runner/history/journal.h"
#include "runner/plan/marks.h"
#include "runner/plan/order.h"
#include "runner/process/scheduler.h"
#include "runner/report/read_report.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

std::optional<double> seconds_of(const History& history, const PlannedTest& test) {
  const auto* entry = history.find(test.base_id());
  return entry ? std::optional(entry->seconds) : std::nullopt;
}

/// The history by whose times shards are made: this machine's, or that of a report.
History times_of(const Arguments& arguments, const Session& session) {
  const auto file = arguments.text("times");
  if (!file) return session.history;
  History times;
  for (const auto& result : read_report(*file).results.tests) times.add(result);
  return times;
}

void take_shard(const Arguments& arguments, const Shard& shard, Session& session) {
  if (arguments.get<std::string>("shard-by") == "name") {
    session.plan = shard_by_name(std::move(session.plan), shard);
    return;
  }
  const History times = times_of(arguments, session);
  session.plan = shard_by_time(std::move(session.plan), shard, [&](const PlannedTest& test) {
    return seconds_of(times, test).value_or(1);
  });
}

bool failed_last(const Session& session, const PlannedTest& test) {
  const auto* entry = session.history.find(test.base_id());
  return entry != nullptr && entry->is_bad;
}

void repeat(std::vector<PlannedTest>& plan, int times) {
  const std::size_t count = plan.size();
  for (int repetition = 2; repetition <= times; ++repetition) {
    for (std::size_t i = 0; i < count; ++i) {
      plan.push_back(plan[i]);
      plan.back().repetition = repetition;
    }
  }
}

/// The seed that decides the order; nothing when nobody asked for one.
std::optional<std::uint64_t> shuffle_seed(const Arguments& arguments) {
  if (!arguments.has("shuffle")) return std::nullopt;
  const auto seed = arguments.get<std::uint64_t>("shuffle");
  return seed != 0 ? seed : std::random_device()() + 1ULL;
}

Order order_for(const Arguments& arguments, const std::optional<std::uint64_t>& seed,
                const Session& session) {
  Order order = order_of_plan(session.plan.size());
  if (seed) {
    shuffle(order, *seed);
  } else {
    longest_first(order,
                  [&](std::size_t i) { return seconds_of(session.history, session.plan[i]); });
  }
  if (arguments.has("failed-first")) {
    put_first(order, [&](std::size_t i) { return failed_last(session, session.plan[i]); });
  }
  return order;
}

void warn_of_expired(const std::vector<PlannedTest>& plan) {
  const std::size_t count = find_expired(plan, today()).size();
  if (count == 0) return;
  std::cerr << fmt::format(
      "warning: marks of expected failures have expired ({}); 'roundtrip check' names them\n",
      count);
}

/// Runs the plan, with the journal that `--resume` reads beside the reports.
class Run {
 public:
  Run(const Arguments& arguments, Session& session, const Order& order, RunReporters& reporters)
      : session_(session),
        reporters_(reporters),
        scheduler_(*session.workers, session.plan, order, schedule_options(arguments),
                   reporters.all()) {
    const bool resumes = arguments.has("resume");
    if (session.history_folder.empty()) {
      if (resumes)
        throw UsageError("--resume: there is no folder for journals; set XDG_CACHE_HOME");
      return;
    }
    const auto file = session.history_folder / "journal.jsonl";
    if (resumes) take_over(read_journal(file));
    try {
      reporters.add(journal_.emplace(file, resumes));
    } catch (const Error& error) {
      if (resumes) throw;
      std::cerr << "warning: " << error.what() << "; this run cannot be resumed\n";
    }
  }

  int operator()() {
    const RunResults results = scheduler_.run();
    reporters_.all().run_finished(results);
    save_history(results);
    if (!results.fault.empty()) throw Error(results.fault);
    reporters_.flush();
    return exit_code(results);
  }

 private:
  void take_over(const Journal& journal) {
    if (!journal.exists || journal.is_complete) {
      throw UsageError(journal.exists ? "--resume: the last run of this configuration is over"
                                      : "--resume: this configuration has not been run");
    }
    for (std::size_t i = 0; i < session_.plan.size(); ++i) {
      if (auto result = journal.result_of(session_.plan[i])) {
        scheduler_.take_over(i, std::move(*result));
      }
    }
  }

  void save_history(const RunResults& results) {
    if (session_.history_folder.empty()) return;
    for (const auto& result : results.tests) {
      if (!result.is_resumed) session_.history.add(result);
    }
    try {
      session_.history.save(session_.history_folder / "history.json");
    } catch (const Error& error) {
      std::cerr << "warning: " << error.what() << "\n";
    }
  }

  Session& session_;
  RunReporters& reporters_;
  Scheduler scheduler_;
  std::optional<JournalReporter> journal_;
};

int nothing_selected(const std::string& why) {
  std::cerr << "error: " << why << "\n";
  return kNothingSelected;
}

}  // namespace

int run_command(const CommandLine& line) {
  Arguments arguments = run_arguments();
  if (!arguments.parse(line)) return kAllAsExpected;
  check_run_arguments(arguments);
  Session session = open_session(arguments);
  check_run_arguments(arguments);  // now with the profile's options
  warn_of_expired(session.plan);
  if (session.plan.empty()) {
    return nothing_selected("no test is selected; 'roundtrip list' prints the names of all tests");
  }
  if (arguments.has("last-failed")) {
    std::erase_if(session.plan, [&](const auto& test) { return !failed_last(session, test); });
    if (session.plan.empty()) return nothing_selected("none of the tests failed the last time");
  }
  const int times = arguments.get<int>("repeat");
  const auto shard = shard_of(arguments);
  const PlanPart part =
      part_of(session.plan, shard.value_or(Shard{}), static_cast<std::size_t>(times));
  if (shard) take_shard(arguments, *shard, session);
  if (session.plan.empty()) std::cerr << "warning: this shard has no test\n";
  repeat(session.plan, times);
  const auto seed = shuffle_seed(arguments);
  const Order order = order_for(arguments, seed, session);
  RunReporters reporters(line, arguments, run_environment(line, session, seed), part);
  if (!is_isolated(arguments)) {
    return run_in_process(session, order, schedule_options(arguments).max_failures, reporters);
  }
  return Run(arguments, session, order, reporters)();
}

}  // namespace roundtrip
