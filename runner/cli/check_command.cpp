#include <fmt/format.h>
#include <roundtrip/error.h>

#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/plan/marks.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

constexpr const char* kHelp =
    "roundtrip check CONFIG [options]\n"
    "\n"
    "Says everything that is wrong with a configuration, each with file, line and column:\n"
    "its form, the names of suites, transformations and options among the plugins, options\n"
    "that a suite refuses, expected failures and quarantines that have expired, quarantines of no\n"
    "test, and tests that would have one name. Runs nothing.\n"
    "\n"
    "Examples:\n"
    "  roundtrip check config/nightly.yaml\n"
    "  roundtrip check config/nightly.yaml --profile ci --plugin-dir build/my_plugins\n";

}  // namespace

int check_command(const CommandLine& line) {
  Arguments arguments("check", kHelp);
  arguments.add_config();
  arguments.add_selection();
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  Problems problems;
  const Session session = open_session(arguments, problems);
  for (const auto& fault : find_expired(session.plan, today())) problems.add(fault.text());
  for (const auto* entry : find_expired(session.config->quarantine, today())) {
    problems.add(entry->place, expiry_text(*entry));
  }
  for (const auto& filter : session.idle_filters) {
    problems.add(filter.place, "'" + filter.text + "' selects no test; mend it, or take it out");
  }
  problems.raise();
  std::cout << fmt::format("{}: no mistakes; {} runs, {} tests\n", session.config->file.string(),
                           session.config->runs.size(), session.plan.size());
  return kAllAsExpected;
}

}  // namespace roundtrip
