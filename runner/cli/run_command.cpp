#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <set>

#include "runner/cli/artifacts.h"
#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/run_environment.h"
#include "runner/cli/run_in_process.h"
#include "runner/cli/run_reporters.h"
#include "runner/cli/session.h"
#include "runner/cli/sharding.h"
#include "runner/cli/watch.h"
#include "runner/history/journal.h"
#include "runner/history/recorder.h"
#include "runner/plan/marks.h"
#include "runner/plan/order.h"
#include "runner/plugin_host/unpacked.h"
#include "runner/process/scheduler.h"
#include "runner/process/set_up.h"
#include "runner/report/console_style.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

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

/// With many workers, the tests of one run together, so that it can end.
void keep_workers_few(Order& order, const Session& session) {
  if (session.workers->size() <= WorkerPool::kMostIdle) return;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return session.workers->index_of(session.plan[a]) < session.workers->index_of(session.plan[b]);
  });
}

Order order_for(const Arguments& arguments, const std::optional<std::uint64_t>& seed,
                const Session& session) {
  Order order = order_of_plan(session.plan.size());
  if (arguments.has("stepwise")) return order;
  if (seed) {
    shuffle(order, *seed);
  } else {
    longest_first(order, [&](std::size_t i) { return session.plan[i].usual_seconds; });
    keep_workers_few(order, session);
  }
  if (arguments.has("failed-first")) {
    put_first(order, [&](std::size_t i) { return failed_last(session, session.plan[i]); });
  }
  return order;
}

/// Describes the plan before a shard is taken: parts of one run recognise each other by it.
PlanPart part_of(const Arguments& arguments, Session& session, const Shard& shard) {
  hash_plugins(session);
  hash_suite_files(session);
  const auto times = static_cast<std::size_t>(arguments.get<int>("repeat"));
  PlanPart part = part_of(session.plan, shard, times);
  add_selection(arguments, part);
  part.facts = session.facts;
  part.runs = session.all_runs;
  part.configuration = session.config->fingerprint;
  return part;
}

void warn_of_expired(const Session& session) {
  const auto warn = [](const char* what, std::size_t count) {
    if (count == 0) return;
    std::cerr << fmt::format("warning: {} have expired ({}); 'roundtrip check' names them\n", what,
                             count);
  };
  warn("marks of expected failures", find_expired(session.plan, today()).size());
  warn("quarantines", find_expired(session.config->quarantine, today()).size());
}

/// Runs the plan, with the journal that `--resume` reads beside the reports.
class Run {
 public:
  /// `command` is what was typed.
  Run(const std::string& command, const Arguments& arguments, Session& session, const Order& order,
      RunReporters& reporters)
      : arguments_(arguments),
        session_(session),
        reporters_(reporters),
        scheduler_(*session.workers, session.plan, order, session.config->groups,
                   schedule_options(arguments), reporters.all(), interrupts_) {
    const bool resumes = arguments.has("resume");
    if (session.history_folder.empty()) {
      if (resumes)
        throw UsageError(
            "--resume: there is no folder for journals; set XDG_CACHE_HOME, and give a file");
      return;
    }
    const auto file = session.history_folder / "journal.jsonl";
    const Journal earlier = resumes ? read_journal(file) : Journal{};
    if (resumes) take_over(earlier);
    try {
      reporters.add(
          journal_.emplace(file, session.plan, session.facts, resumes ? &earlier : nullptr));
      // --watch continues by itself, and --stepwise from where the last run stopped.
      const bool goes_on = arguments.has("watch") || arguments.has("stepwise");
      if (!goes_on) reporters.offer_resume(command + (resumes ? "" : " --resume"));
    } catch (const Error& error) {
      if (resumes) throw;
      std::cerr << "warning: " << error.what() << "; this run cannot be resumed\n";
    }
  }

  int operator()() {
    const RunResults results = run_tests();
    reporters_.all().run_finished(results);
    if (!results.fault.empty()) throw Error(results.fault);
    reporters_.flush();
    return exit_code(results);
  }

 private:
  RunResults run_tests() {
    SetUp set_up;
    if (!set_up.run(session_.config->setup, tests_to_run(), interrupts_)) scheduler_.interrupt();
    RunResults results = scheduler_.run();
    keep_artifacts(arguments_, session_, interrupts_, reporters_.all(), results);
    return results;
  }

  std::vector<PlannedTest*> tests_to_run() {
    std::vector<PlannedTest*> tests;
    for (std::size_t i = 0; i < session_.plan.size(); ++i) {
      if (taken_over_.count(i) == 0) tests.push_back(&session_.plan[i]);
    }
    return tests;
  }

  void take_over(const Journal& journal) {
    check_resumable(journal);
    for (std::size_t i = 0; i < session_.plan.size(); ++i) {
      if (auto result = journal.result_of(session_.plan[i])) {
        scheduler_.take_over(i, std::move(*result));
        taken_over_.insert(i);
      }
    }
  }

  /// Everything that the earlier run's results depend on must be unchanged.
  void check_resumable(const Journal& journal) const {
    if (!journal.exists) throw UsageError("--resume: this configuration has not been run");
    if (journal.planned.empty()) {
      throw UsageError("--resume: the journal of the last run is damaged, or of another version");
    }
    auto differing = differences(journal.facts, session_.facts);
    std::erase_if(differing, only_watches);
    if (!differing.empty()) {
      throw UsageError(fmt::format(
          "--resume: results of before and of now would not go together: {}; run as before, or "
          "without --resume",
          difference_text(differing, "the earlier run", "this one")));
    }
    if (journal.is_complete()) {
      throw UsageError("--resume: the last run of this configuration is over");
    }
  }

  const Arguments& arguments_;
  Session& session_;
  RunReporters& reporters_;
  Interrupts interrupts_;
  Scheduler scheduler_;
  std::set<std::size_t> taken_over_;  ///< tests whose results are from an earlier run
  std::optional<JournalReporter> journal_;
};

int nothing_selected(const std::string& why) {
  std::cerr << "error: " << why << "\n";
  return kNothingSelected;
}

/// Leaves out the tests that passed before the first in the plan that failed, the last time.
void take_step(const Arguments& arguments, Session& session) {
  if (session.history_folder.empty()) {
    throw UsageError("--stepwise: there is no folder for the history; set XDG_CACHE_HOME");
  }
  const auto failed = std::find_if(session.plan.begin(), session.plan.end(),
                                   [&](const auto& test) { return failed_last(session, test); });
  if (failed == session.plan.end()) return;
  const std::string name = failed->id();
  const auto kept = std::remove_if(session.plan.begin(), failed, [&](const auto& test) {
    return session.history.find(test.base_id()) != nullptr;
  });
  const std::ptrdiff_t count = failed - kept;
  session.plan.erase(kept, failed);
  if (arguments.has("quiet")) return;
  std::cout << fmt::format("Stepwise: on from {}; {} before it passed\n", name,
                           counted(static_cast<std::size_t>(count), "test"))
            << std::flush;
}

int run_session(const CommandLine& line, Arguments& arguments, Session& session) {
  const auto shard = given_or_found_shard(arguments);
  warn_of_expired(session);
  if (session.plan.empty()) {
    return nothing_selected("no test is selected; 'roundtrip list' prints the names of all tests");
  }
  if (arguments.has("last-failed")) {
    std::erase_if(session.plan, [&](const auto& test) { return !failed_last(session, test); });
    if (session.plan.empty()) return nothing_selected("none of the tests failed the last time");
  }
  if (arguments.has("stepwise")) take_step(arguments, session);
  const int times = arguments.get<int>("repeat");
  const PlanPart part = part_of(arguments, session, shard.value_or(Shard{}));
  if (shard) take_shard(arguments, *shard, session);
  if (session.plan.empty()) std::cerr << "warning: this shard has no test\n";
  repeat(session.plan, times);
  const auto seed = shuffle_seed(arguments);
  const Order order = order_for(arguments, seed, session);
  const Environment environment = run_environment(line, session, seed);
  RunReporters reporters(line, arguments, environment, part);
  if (!is_isolated(arguments)) {
    return run_in_process(session, order, schedule_options(arguments).max_failures, reporters);
  }
  std::optional<HistoryRecorder> recorder;
  if (!session.history_folder.empty()) {
    reporters.add(
        recorder.emplace(session.history_folder, environment, part, session.config->history));
  }
  return Run(environment.command, arguments, session, order, reporters)();
}

}  // namespace

int run_command(const CommandLine& line) {
  Arguments arguments = run_arguments();
  if (!arguments.parse(line)) return kAllAsExpected;
  check_run_arguments(arguments);
  Session session = open_session(arguments);
  if (!is_isolated(arguments)) restart_with_unpacked_libraries();
  check_run_arguments(arguments);  // now with the profile's options
  const auto run = [&](Arguments& given, Session& opened) {
    return run_session(line, given, opened);
  };
  return arguments.has("watch") ? run_and_watch(line, arguments, std::move(session), run)
                                : run(arguments, session);
}

}  // namespace roundtrip
