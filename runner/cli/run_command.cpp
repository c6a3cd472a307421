#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <cmath>
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
#include "runner/report/read_report.h"
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
    const auto* entry = times.find(test.base_id());
    return entry ? entry->seconds : 1;
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
  options.stress = arguments.get<double>("stress");
  return options;
}

void warn_of_expired(const std::vector<PlannedTest>& plan) {
  const std::size_t count = find_expired(plan, today()).size();
  if (count == 0) return;
  std::cerr << fmt::format(
      "warning: marks of expected failures have expired ({}); 'roundtrip check' names them\n",
      count);
}

void check_choice(const Arguments& arguments, const std::string& option, const std::string& first,
                  const std::string& second) {
  const auto value = arguments.get<std::string>(option);
  if (value == first || value == second) return;
  throw UsageError(fmt::format("--{} takes {} or {}, not '{}'", option, first, second, value));
}

bool is_isolated(const Arguments& arguments) {
  return arguments.get<std::string>("isolation") == "process";
}

void check_stress(const Arguments& arguments) {
  const auto seconds = arguments.get<double>("stress");
  if (!std::isfinite(seconds) || seconds < 0) {
    throw UsageError(fmt::format("--stress takes a number of seconds, not {}", seconds));
  }
  if (seconds > 0 && arguments.get<int>("repeat") > 1) {
    throw UsageError("--stress repeats the tests already: leave out --repeat");
  }
}

void check_isolation(const Arguments& arguments) {
  check_choice(arguments, "isolation", "process", "none");
  if (is_isolated(arguments)) return;
  const char* option = arguments.has("resume")               ? "resume"
                       : arguments.get<double>("stress") > 0 ? "stress"
                                                             : nullptr;
  if (option == nullptr) return;
  throw UsageError(
      fmt::format("--{} needs a process for each test: leave out --isolation none", option));
}

/// Says what is wrong with the options before any plugin is loaded.
void check_usage(const Arguments& arguments) {
  schedule_options(arguments);
  shard_of(arguments);
  check_positive(arguments, "repeat");
  check_choice(arguments, "shard-by", "name", "time");
  check_stress(arguments);
  check_isolation(arguments);
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
  if (arguments.has("last-failed")) {
    std::erase_if(session.plan, [&](const auto& test) { return !failed_last(session, test); });
  }
  if (session.plan.empty()) return nothing_selected();
  const int times = arguments.get<int>("repeat");
  const auto shard = shard_of(arguments);
  const PlanPart part =
      part_of(session.plan, shard.value_or(Shard{}), static_cast<std::size_t>(times));
  if (shard) take_shard(arguments, *shard, session);
  if (session.plan.empty()) std::cerr << "warning: this shard has no test\n";
  repeat(session.plan, times);
  const auto seed = shuffle_seed(arguments);
  const Order order = order_for(arguments, seed, session);
  RunReporters reporters(line, arguments, session, part, seed);
  if (!is_isolated(arguments)) {
    return run_in_process(session, order, schedule_options(arguments).max_failures, reporters);
  }
  return Run(arguments, session, order, reporters)();
}

}  // namespace roundtrip
