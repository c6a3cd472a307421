#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/quarantine_audit.h"
#include "runner/cli/session.h"
#include "runner/plan/marks.h"
#include "runner/report/read_report.h"
#include "runner/report/test_json.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

constexpr const char* kXfailHelp =
    "roundtrip xfail audit CONFIG [options]\n"
    "\n"
    "Lists the marks of expected failures that no longer tell the truth: those of tests that\n"
    "passed the last time they were run, those whose property no run has, and those that\n"
    "have expired. Runs nothing: how tests ended is known from the last run on this machine,\n"
    "or from its JSON reports.\n"
    "\n"
    "Lists all that is in quarantine, too: how often each of its tests was unsteady, which is to\n"
    "fail, or to pass only when tried again, in some runs and to pass in others, with the same\n"
    "plugins, LibTorch and settings. At fault are quarantines that have expired, that select no\n"
    "test, or whose tests were all steady in 20 runs or more.\n"
    "\n"
    "Exit codes: 0 nothing is at fault, 1 something is.\n"
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
      // One repetition that passed is enough.
      std::string& outcome = outcomes[result.test->base_id()];
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

/// Marked tests whose last outcome is not known: the audit cannot judge them.
std::size_t count_unknown(const std::vector<PlannedTest>& plan, const LastOutcome& outcome) {
  return static_cast<std::size_t>(std::count_if(plan.begin(), plan.end(), [&](const auto& test) {
    return test.xfail && test.skip_reason.empty() && outcome(test).empty();
  }));
}

/// What an audit finds.
struct Audit {
  std::vector<MarkFault> faults;
  std::size_t unknown = 0;
  std::vector<AuditedQuarantine> quarantine;

  bool is_clean() const {
    return faults.empty() && std::all_of(quarantine.begin(), quarantine.end(),
                                         [](const auto& entry) { return entry.fault.empty(); });
  }
};

void print_audit_json(const Audit& audit) {
  JsonList list;
  for (const auto& fault : audit.faults) {
    list.push_back(
        {{"test", fault.test}, {"mark", mark_json(fault.mark)}, {"message", fault.message}});
  }
  std::cout << to_text({{"faults", std::move(list)},
                        {"unknown", audit.unknown},
                        {"quarantine", quarantine_json(audit.quarantine)}});
}

void print_audit(const Audit& audit) {
  std::cout << quarantine_text(audit.quarantine);
  for (const auto& fault : audit.faults) std::cout << fault.text() << "\n";
  for (const auto& entry : audit.quarantine) {
    if (!entry.fault.empty()) std::cout << entry.entry->place.text() << ": " << entry.fault << "\n";
  }
  if (audit.unknown > 0) {
    std::cerr << fmt::format("warning: {} marked tests have not been run; run them first\n",
                             audit.unknown);
  }
  if (audit.is_clean()) std::cout << "every mark tells the truth, as far as is known\n";
}

int run_audit(const CommandLine& line) {
  Arguments arguments("xfail audit", kXfailHelp);
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
  const Audit audit{audit_marks(session.plan, today(), outcome),
                    count_unknown(session.plan, outcome), audit_quarantine(session, today())};
  arguments.has("json") ? print_audit_json(audit) : print_audit(audit);
  return audit.is_clean() ? kAllAsExpected : kTestsFailed;
}

}  // namespace

int xfail_command(const CommandLine& line) {
  const std::string word = line.arguments.empty() ? "" : line.arguments.front();
  if (word == "--help" || word == "-h") return run_audit({line.program, {"--help"}});
  if (word != "audit") {
    throw UsageError("'xfail' takes a command of its own: roundtrip xfail audit CONFIG");
  }
  return run_audit({line.program, {line.arguments.begin() + 1, line.arguments.end()}});
}

}  // namespace roundtrip
