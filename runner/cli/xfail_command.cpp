#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/plan/marks.h"
#include "runner/report/read_report.h"
#include "runner/report/test_json.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

constexpr const char* kHelp =
    "roundtrip xfail audit CONFIG [options]\n"
    "\n"
    "Lists the marks of expected failures that no longer tell the truth: those of tests that\n"
    "passed the last time they were run, those whose property no run has, and those that\n"
    "have expired. Runs nothing: how tests ended is known from the last run on this machine,\n"
    "or from its JSON reports. Exit codes: 0 there is none, 1 there are some.\n"
    "\n"
    "Examples:\n"
    "  roundtrip xfail audit config/serdes.yaml\n"
    "  roundtrip xfail audit config/serdes.yaml --report shard1.json --report shard2.json\n";

using Outcomes = std::map<std::string, std::string>;

Outcomes outcomes_in(const std::vector<std::string>& files) {
  Outcomes outcomes;
  for (const auto& file : files) {
    const Report report = read_report(file);
    for (const auto& result : report.results.tests) {
      auto& outcome = outcomes[result.test->base_id()];  // one repetition that passed is enough
      if (outcome != "xpassed") outcome = outcome_name(result.outcome);
    }
  }
  return outcomes;
}

LastOutcome last_outcome(const Session& session, const Outcomes& outcomes, bool from_reports) {
  return [&, from_reports](const PlannedTest& test) -> std::string {
    if (from_reports) {
      const auto found = outcomes.find(test.base_id());
      return found == outcomes.end() ? "" : found->second;
    }
    const auto* entry = session.history.find(test.base_id());
    return entry ? entry->outcome : "";
  };
}

/// Marked tests of which it is not known how they ended: the audit says nothing of them.
std::size_t count_unknown(const std::vector<PlannedTest>& plan, const LastOutcome& outcome) {
  return static_cast<std::size_t>(std::count_if(plan.begin(), plan.end(), [&](const auto& test) {
    return test.xfail && test.skip_reason.empty() && outcome(test).empty();
  }));
}

void print_json(const std::vector<MarkFault>& faults, std::size_t unknown) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& fault : faults) {
    list.push_back(
        {{"test", fault.test}, {"mark", mark_json(fault.mark)}, {"message", fault.message}});
  }
  std::cout << to_text({{"faults", std::move(list)}, {"unknown", unknown}});
}

void print_text(const std::vector<MarkFault>& faults, std::size_t unknown) {
  for (const auto& fault : faults) std::cout << fault.text() << "\n";
  if (unknown > 0) {
    std::cerr << fmt::format("warning: {} marked tests have not been run; run them first\n",
                             unknown);
  }
  if (faults.empty()) std::cout << "every mark tells the truth, as far as is known\n";
}

int audit(const CommandLine& line) {
  Arguments arguments("xfail audit", kHelp);
  arguments.add_config();
  arguments.add_selection();
  arguments.options().add_options()  //
      ("report", boost::program_options::value<std::vector<std::string>>()->value_name("FILE"),
       "a JSON report that says how tests ended (repeatable)")  //
      ("json", "print the same as JSON");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  const Outcomes outcomes = outcomes_in(arguments.texts("report"));
  const Session session = open_session(arguments);
  const LastOutcome outcome = last_outcome(session, outcomes, arguments.has("report"));
  const auto faults = audit_marks(session.plan, today(), outcome);
  const std::size_t unknown = count_unknown(session.plan, outcome);
  arguments.has("json") ? print_json(faults, unknown) : print_text(faults, unknown);
  return faults.empty() ? kAllAsExpected : kTestsFailed;
}

}  // namespace

int xfail_command(const CommandLine& line) {
  const std::string word = line.arguments.empty() ? "" : line.arguments.front();
  if (word == "--help" || word == "-h") return audit({line.program, {"--help"}});
  if (word != "audit") {
    throw UsageError("'xfail' takes a command of its own: roundtrip xfail audit CONFIG");
  }
  return audit({line.program, {line.arguments.begin() + 1, line.arguments.end()}});
}

}  // namespace roundtrip
