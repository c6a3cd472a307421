#include <fmt/format.h>
#include <roundtrip/error.h>

#include <iostream>
#include <optional>
#include <utility>

#include "runner/cli/changed_config.h"
#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_arguments.h"
#include "runner/cli/session.h"
#include "runner/cli/test_filters.h"
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

/// The profile's options, given to `run`; nothing when it does not take one of them, which is
/// noted.
std::optional<Arguments> options_of(const ProfileConfig& profile, Problems& problems) {
  Arguments of_run = run_arguments();
  bool is_good = true;
  for (const auto& [name, value] : profile.options) {
    try {
      if (name.text == "profile") throw UsageError("a profile cannot choose a profile");
      of_run.add_default(name.text, value);
    } catch (const UsageError& error) {
      problems.add(name.place, error.what());
      is_good = false;
    }
  }
  return is_good ? std::optional(std::move(of_run)) : std::nullopt;
}

/// Throws UsageError unless `run` takes these options together. Of the whole configuration, there
/// must be cells and tests that they choose.
void check_options(const Arguments& of_run, const Session& session, bool is_whole) {
  check_run_arguments(of_run);
  Config config = *session.config;
  take_assignments(of_run, config);
  const auto filters = parse_filters(of_run);
  if (!is_whole) return;
  choose_cells(of_run, config);
  for (const auto& filter : filters) {
    const bool asks_history = !filter.arguments_of("outcome").empty();
    if (asks_history || selects_any(filter, session.plan)) continue;
    throw UsageError("--filter '" + filter.text() + "' matches no test");
  }
}

void check_profile(const ProfileConfig& profile, const Session& session, bool is_whole,
                   Problems& problems) {
  const auto of_run = options_of(profile, problems);
  if (!of_run || profile.options.empty()) return;
  try {
    check_options(*of_run, session, is_whole);
  } catch (const UsageError& error) {
    const std::string text = error.what();  // the first line, without a drawing of the place
    problems.add(profile.name.place, text.substr(0, text.find('\n')));
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
  const bool is_whole = !arguments.has("filter") && !arguments.has("cell") && problems.empty();
  for (const auto& profile : session.config->profiles) {
    check_profile(profile, session, is_whole, problems);
  }
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
