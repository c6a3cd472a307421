#include "runner/cli/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>

#include "runner/cli/changed_config.h"
#include "runner/cli/test_filters.h"
#include "runner/plan/names.h"
#include "runner/plan/unused.h"
#include "runner/plugin_host/file_hash.h"
#include "runner/plugin_host/unpacked.h"
#include "runner/text/date.h"
#include "runner/text/shell.h"
#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

/// Plugins at fault; with what else is wrong, if something is.
void refuse_faults(const std::vector<std::string>& faults, Problems& problems) {
  if (faults.empty()) return;
  if (problems.empty()) throw PluginError(fmt::format("{}", fmt::join(faults, "\n")));
  for (const auto& fault : faults) problems.add(fault);
  problems.raise();
}

/// Each of a run once.
std::vector<RunSuite> suites_of(const std::vector<PlannedTest>& plan) {
  std::vector<RunSuite> suites;
  for (const auto& test : plan) {
    const bool is_known = std::any_of(suites.begin(), suites.end(), [&](const RunSuite& known) {
      return known.run_index == test.run_index && known.call == test.suite_call;
    });
    if (!is_known) suites.push_back({test.run_index, test.suite_call});
  }
  return suites;
}

History load_history(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  std::string warning;
  History history = History::load(folder, warning);
  if (!warning.empty()) std::cerr << "warning: " << warning << "\n";
  return history;
}

}  // namespace

Session open_session(Arguments& arguments) {
  Problems problems;
  Session session = open_session(arguments, problems);
  problems.raise();
  return session;
}

Session open_session(Arguments& arguments, Problems& problems) {
  const std::vector<Filter> filters = parse_filters(arguments);
  Session session;
  auto config = std::make_unique<Config>(changed_config(arguments, problems, session.all_runs));
  const Settings settings = take_assignments(arguments, *config);
  session.config = std::move(config);
  // A configuration from a pipe is no file that has a history.
  if (std::filesystem::is_regular_file(session.config->file)) {
    session.history_folder = history_folder(session.config->file);
  }
  session.history = load_history(session.history_folder);
  use_unpacked_libraries();
  session.workers = std::make_unique<WorkerPool>(*session.config, arguments.plugin_dirs());
  refuse_faults(session.workers->faults(), problems);
  session.plan =
      make_plan(*session.config, {chosen_profile(*session.config, arguments), settings, today()},
                *session.workers, problems);
  for (auto& test : session.plan) {
    const auto* known = session.history.find(test.base_id());
    if (known != nullptr) test.usual_seconds = known->seconds;
  }
  for (const auto& sentence : left_out_suites(*session.config, *session.workers)) {
    std::cerr << "warning: " << sentence << "\n";
  }
  for (const auto& sentence : session.workers->warnings()) {
    std::cerr << "warning: " << sentence << "\n";
  }
  session.facts = facts_of(*session.config, session.plan);
  session.suites = suites_of(session.plan);
  if (!arguments.has("cell")) {
    session.unused_quarantines = unused_quarantines(*session.config, session.plan);
  }
  if (problems.empty()) select_tests(session.plan, filters, session.history);
  return session;
}

std::optional<Session> open_session_of_one_test(Arguments& arguments) {
  const auto name = arguments.text("NAME");
  if (!name) {
    throw UsageError(fmt::format("'{0}' needs a NAME: roundtrip {0} CONFIG TestExport.test_basic",
                                 arguments.command()));
  }
  arguments.add_default("filter", *name);
  Session session = open_session(arguments);
  if (session.plan.empty()) return std::nullopt;
  if (session.plan.size() == 1) return session;
  throw UsageError(fmt::format("'{}' selects {} tests; name one", *name, session.plan.size()));
}

void add_selection(const Arguments& arguments, PlanPart& part) {
  std::vector<std::string> options;
  for (const auto& filter : arguments.texts("filter")) {
    options.push_back("--filter " + shell_quoted(filter));
    if (!Filter(filter).arguments_of("outcome").empty()) part.is_lasting = false;
  }
  if (arguments.has("last-failed")) options.push_back("--last-failed");
  for (const char* name : {"stepwise", "watch"}) {
    if (!arguments.has(name)) continue;
    options.push_back(std::string("--") + name);
    part.is_lasting = false;
  }
  const bool is_by_time = arguments.get<std::string>("shard-by") == "time";
  if (is_by_time && part.shard.is_part()) options.push_back("--shard-by time");
  if (arguments.has("last-failed") || (is_by_time && part.shard.is_part())) part.is_lasting = false;
  part.selection = fmt::format("{}", fmt::join(options, " "));
}

void hash_suite_files(Session& session) {
  std::map<std::string, std::string> known;
  for (const auto& [run_index, call] : session.suites) {
    const RunConfig& run = session.config->runs[run_index];
    std::string text;
    for (const auto& file : session.workers->suite_files(run, *call)) {
      if (std::filesystem::is_directory(file)) continue;  // the files in it are named, too
      const auto [entry, is_new] = known.try_emplace(file);
      if (is_new) entry->second = file_sha256(file);
      text += std::filesystem::path(file).filename().string() + entry->second;
    }
    if (text.empty()) continue;
    session.facts[run.name][fmt::format("the files of the suite '{}'", call->name)] =
        fmt::format("{:016x}", stable_hash(text));
  }
}

void hash_plugins(Session& session) {
  const auto content_of = [&](const std::string& path) {
    const auto [entry, is_new] = session.contents.try_emplace(path);
    if (is_new) entry->second = file_sha256(path);
    return entry->second;
  };
  for (const auto& plugin : session.workers->plugins()) content_of(plugin.path);
  add_plugins(session.facts, *session.config, *session.workers, content_of);
}

}  // namespace roundtrip
