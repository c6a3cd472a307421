#include <fmt/format.h>
#include <fmt/ranges.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/process/scheduler.h"
#include "runner/process/set_up.h"
#include "runner/report/console_style.h"

namespace roundtrip {

namespace {

constexpr const char* kBisectHelp =
    "roundtrip bisect-chain CONFIG NAME [options]\n"
    "\n"
    "Says which links of its chain of transformations make the one test of this name fail: runs\n"
    "it under parts of the chain, the smallest first, each in a process of its own, until it "
    "fails\n"
    "as it does under the whole chain. NAME may be a filter that selects one test; marks of\n"
    "expected failures do not count. Exit codes: 0 the smallest chain is found, 1 the test does\n"
    "not fail under its own, 2 interrupted.\n"
    "\n"
    "Example:\n"
    "  roundtrip bisect-chain config/nightly.yaml \\\n"
    "    SerDesUnflattenSerDesTestExport.test_basic_serdes_unflatten_serdes --cell '*threads=1*'\n";

/// Places of links in the chain, from the outermost.
using Part = std::vector<std::size_t>;

/// All parts of a chain of `length` links that have `size` of them.
std::vector<Part> parts_of_size(std::size_t length, std::size_t size) {
  std::vector<bool> is_in(length);
  std::fill_n(is_in.begin(), size, true);
  std::vector<Part> parts;
  do {
    Part part;
    for (std::size_t i = 0; i < length; ++i) {
      if (is_in[i]) part.push_back(i);
    }
    parts.push_back(std::move(part));
  } while (std::prev_permutation(is_in.begin(), is_in.end()));
  return parts;
}

/// Runs one test under parts of its chain.
class ChainTrials {
 public:
  ChainTrials(Session& session, int jobs) : session_(session), test_(session.plan.front()) {
    jobs_ = jobs;
    test_.xfail.reset();
    test_.settings.retries = 0;
  }

  /// False when the user interrupts it, or it goes wrong, which is said.
  bool set_up(SetUp& set_up) { return set_up.run(session_.config->setup, {&test_}, interrupts_); }

  Part whole() const { return parts_of_size(test_.chain.size(), test_.chain.size()).front(); }

  /// How the test ends under each; nothing when the user interrupts.
  std::optional<std::vector<Attempt>> run(const std::vector<Part>& parts) {
    std::vector<PlannedTest> plan;
    for (const auto& part : parts) {
      PlannedTest& trial = plan.emplace_back(test_);
      trial.repetition = static_cast<int>(plan.size());  // no two tests of a plan have one name
      trial.chain.clear();
      for (const std::size_t place : part) trial.chain.push_back(test_.chain[place]);
    }
    ScheduleOptions options;
    options.jobs = jobs_;
    Reporter silent;
    const RunResults results = Scheduler(*session_.workers, plan, order_of_plan(plan.size()),
                                         session_.config->groups, options, silent, interrupts_)
                                   .run();
    if (!results.fault.empty()) throw Error(results.fault);
    if (results.tests.size() < plan.size()) return std::nullopt;
    std::vector<Attempt> attempts;
    for (const auto& result : results.tests) attempts.push_back(result.last());
    return attempts;
  }

  std::string text_of(const Part& part) const {
    std::vector<std::string> names;
    for (const std::size_t place : part) names.push_back(test_.chain[place].name);
    return fmt::format("[{}]", fmt::join(names, ", "));
  }

 private:
  Session& session_;
  PlannedTest test_;
  int jobs_;
  Interrupts interrupts_;
};

bool is_failure(const Attempt& attempt) {
  return attempt.outcome != Outcome::passed && attempt.outcome != Outcome::skipped;
}

void write_trial(Terminal& terminal, const std::string& chain, const Attempt& attempt,
                 bool fails_differently) {
  constexpr std::size_t kLongest = 100;
  const std::string message = is_failure(attempt) ? first_line(attempt.message, kLongest) : "";
  terminal.write(fmt::format("{} {}{}{}\n", outcome_label(terminal, attempt.outcome), chain,
                             fails_differently ? "  (in another way)" : "",
                             message.empty() ? "" : "  " + terminal.paint(kDim, message)));
}

int bisect(ChainTrials& trials, Terminal& terminal) {
  const Part whole = trials.whole();
  const auto of_whole = trials.run({whole});
  if (!of_whole) return kInterrupted;
  const Attempt& failure = of_whole->front();
  write_trial(terminal, trials.text_of(whole), failure, false);
  if (!is_failure(failure)) {
    terminal.write("\nIt does not fail under its whole chain: there is nothing to find\n");
    return kTestsFailed;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parts = parts_of_size(whole.size(), size);
    const auto attempts = trials.run(parts);
    if (!attempts) return kInterrupted;
    std::vector<std::string> found;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Attempt& attempt = (*attempts)[i];
      const bool is_it = attempt.outcome == failure.outcome;
      write_trial(terminal, trials.text_of(parts[i]), attempt, is_failure(attempt) && !is_it);
      if (is_it) found.push_back(trials.text_of(parts[i]));
    }
    if (found.empty()) continue;
    if (size == 0) {
      terminal.write("\nIt fails so without any transformation\n");
      return kAllAsExpected;
    }
    const bool is_one = found.size() == 1;
    terminal.write(fmt::format("\nThe smallest {} under which it fails so: {}\n",
                               is_one ? "chain" : "chains", fmt::join(found, " and ")));
    return kAllAsExpected;
  }
  terminal.write("\nIt fails so only under its whole chain\n");
  return kAllAsExpected;
}

}  // namespace

int bisect_command(const CommandLine& line) {
  Arguments arguments("bisect-chain", kBisectHelp);
  arguments.add_config();
  arguments.add_name();
  arguments.add_selection();
  arguments.options().add_options()(
      "jobs,j", boost::program_options::value<int>()->default_value(2)->value_name("N"),
      "parts of the chain that run at once");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  const int jobs = arguments.get<int>("jobs");
  if (jobs < 1) throw UsageError(fmt::format("--jobs takes 1 or more, not {}", jobs));
  auto session = open_session_of_one_test(arguments);
  if (!session) return kNothingSelected;
  const PlannedTest& test = session->plan.front();
  constexpr std::size_t kLongestChain = 12;  // of 4096 parts
  if (test.chain.size() > kLongestChain) {
    throw UsageError(
        fmt::format("its chain has {} links, and {} are the most whose parts are tried",
                    test.chain.size(), kLongestChain));
  }
  Terminal terminal(stdout, ColorMode::automatic);
  ChainTrials trials(*session, jobs);
  SetUp set_up;
  if (!trials.set_up(set_up)) return kInterrupted;
  terminal.write(fmt::format("{} under parts of its chain\n", test.id()));
  return bisect(trials, terminal);
}

}  // namespace roundtrip
