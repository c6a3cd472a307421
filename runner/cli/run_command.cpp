#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/run_in_process.h"
#include "runner/cli/run_reporters.h"
#include "runner/cli/session.h"
#include "runner/history/journal.h"
#include "runner/plan/marks.h"
#include "runner/plan/order.h"
#include "runner/process/scheduler.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

/// The shard that was asked for, and the file by which Bazel is told that shards are known.
std::optional<Shard> shard_of(const Arguments& arguments) {
  const char* status_file = std::getenv("TEST_SHARD_STATUS_FILE");
  if (status_file != nullptr) std::ofstream(status_file, std::ios::app);
  try {
    return find_shard(arguments.text("shard"), [](const char* name) { return std::getenv(name); });
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

std::optional<double> seconds_of(const Session& session, const PlannedTest& test) {
  const auto* entry = session.history.find(test.base_id());
  return entry ? std::optional(entry->seconds) : std::nullopt;
}

void take_shard(const Arguments& arguments, const Shard& shard, Session& session) {
  const std::string how = arguments.get<std::string>("shard-by");
  if (how == "name") {
    session.plan = shard_by_name(std::move(session.plan), shard);
  } else if (how == "time") {
    session.plan = shard_by_time(std::move(session.plan), shard, [&](const PlannedTest& test) {
      return seconds_of(session, test).value_or(1);
    });
  } else {
    throw UsageError("--shard-by takes name or time, not '" + how + "'");
  }
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
    longest_first(order, [&](std::size_t i) { return seconds_of(session, session.plan[i]); });
  }
  if (arguments.has("failed-first")) {
    put_first(order, [&](std::size_t i) { return failed_last(session, session.plan[i]); });
  }
  return order;
}

int check_positive(const Arguments& arguments, const std::string& option) {
  const int value = arguments.get<int>(option);
  if (value >= 1) return value;
  throw UsageError(fmt::format("--{} takes 1 or more, not {}", option, value));
}

ScheduleOptions schedule_options(const Arguments& arguments) {
  ScheduleOptions options;
  options.jobs = check_positive(arguments, "jobs");
  options.max_failures = arguments.get<std::size_t>("max-failures");
  if (arguments.has("fail-fast")) options.max_failures = 1;
  return options;
}

void warn_of_expired(const std::vector<PlannedTest>& plan) {
  const std::size_t count = find_expired(plan, today()).size();
  if (count == 0) return;
  std::cerr << fmt::format(
      "warning: marks of expected failures have expired ({}); 'roundtrip check' names them\n",
      count);
}

/// Says what is wrong with the options before any plugin is loaded.
void check_usage(const Arguments& arguments) {
  schedule_options(arguments);
  shard_of(arguments);
  check_positive(arguments, "repeat");
  const auto isolation = arguments.get<std::string>("isolation");
  if (isolation != "process" && isolation != "none") {
    throw UsageError("--isolation takes process or none, not '" + isolation + "'");
  }
  RunReporters::check(arguments);
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

int nothing_selected() {
  std::cerr << "error: no test is selected; 'roundtrip list' prints the names of all tests\n";
  return kNothingSelected;
}

}  // namespace

int run_command(const CommandLine& line) {
  Arguments arguments = run_arguments();
  if (!arguments.parse(line)) return kAllAsExpected;
  check_usage(arguments);
  Session session = open_session(arguments);
  check_usage(arguments);  // now with the profile's options
  warn_of_expired(session.plan);
  const auto shard = shard_of(arguments);
  if (shard) take_shard(arguments, *shard, session);
  if (arguments.has("last-failed")) {
    std::erase_if(session.plan, [&](const auto& test) { return !failed_last(session, test); });
  }
  if (session.plan.empty()) {
    if (!shard || shard->total == 1) return nothing_selected();
    std::cerr << "warning: this shard has no test\n";  // its reports say so too
  }
  const auto seed = shuffle_seed(arguments);
  repeat(session.plan, arguments.get<int>("repeat"));
  const Order order = order_for(arguments, seed, session);
  RunReporters reporters(line, arguments, session, shard.value_or(Shard{}), seed);
  if (arguments.get<std::string>("isolation") == "none") {
    return run_in_process(session, order, reporters);
  }
  return Run(arguments, session, order, reporters)();
}

}  // namespace roundtrip
