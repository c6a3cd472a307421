#include <fmt/format.h>
#include <roundtrip/error.h>

#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/session.h"
#include "runner/plan/marks.h"
#include "runner/plan/unused.h"
#include "runner/report/console_style.h"
#include "runner/text/date.h"

namespace roundtrip {

namespace {

constexpr const char* kCheckHelp =
    "roundtrip check CONFIG [options]\n"
    "\n"
    "Says everything that is wrong with a configuration, each with file, line and column:\n"
    "its form, the names of suites, transformations and options among the plugins, options\n"
    "that a suite refuses, options of profiles, expected failures and quarantines that have\n"
    "expired, quarantines of no test, and tests that would have one name. Of the whole\n"
    "configuration, without --filter and --cell, also overrides and expected failures that match\n"
    "nothing. Runs nothing.\n"
    "\n"
    "Examples:\n"
    "  roundtrip check config/nightly.yaml\n"
    "  roundtrip check config/nightly.yaml --profile ci --plugin-dir build/my_plugins\n";

/// Whether `run` has the profile's options, and takes their values together.
void check_profile(const ProfileConfig& profile, Problems& problems) {
  Arguments of_run = run_arguments();
  bool is_good = true;
  for (const auto& [name, value] : profile.options) {
    try {
      of_run.add_default(name.text, value);
    } catch (const UsageError& error) {
      problems.add(name.place, error.what());
      is_good = false;
    }
  }
  if (profile.options.empty() || !is_good) return;
  try {
    check_run_arguments(of_run);
  } catch (const UsageError& error) {
    problems.add(profile.name.place, error.what());
  }
}

}  // namespace

int check_command(const CommandLine& line) {
  Arguments arguments("check", kCheckHelp);
  arguments.add_config();
  arguments.add_selection();
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  Problems problems;
  const Session session = open_session(arguments, problems);
  for (const auto& profile : session.config->profiles) check_profile(profile, problems);
  const bool is_whole = !arguments.has("filter") && !arguments.has("cell") && problems.empty();
  if (is_whole) check_unused(*session.config, session.plan, problems);
  for (const auto& fault : find_expired(session.plan, today())) problems.add(fault.text());
  for (const auto* entry : find_expired(session.config->quarantine, today())) {
    problems.add(entry->place, expiry_text(*entry));
  }
  for (const auto& filter : session.unused_quarantines) {
    problems.add(filter.place, "'" + filter.text + "' selects no test; fix it, or remove it");
  }
  problems.raise();
  std::cout << fmt::format("{}: no mistakes; {}, {}\n", session.config->file.string(),
                           counted(session.config->runs.size(), "run"),
                           counted(session.plan.size(), "test"));
  return kAllAsExpected;
}

}  // namespace roundtrip
