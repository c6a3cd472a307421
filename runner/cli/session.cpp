#include "runner/cli/session.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "runner/cli/run_arguments.h"
#include "runner/plan/marks.h"
#include "runner/plan/names.h"
#include "runner/plugin_host/file_hash.h"
#include "runner/plugin_host/unpacked.h"
#include "runner/text/date.h"
#include "runner/text/nearest.h"
#include "runner/text/shell.h"

namespace roundtrip {

namespace {

const ProfileConfig* chosen_profile(const Config& config, const Arguments& arguments) {
  const auto name = arguments.text("profile");
  if (!name) return nullptr;
  if (const auto* profile = config.find_profile(*name)) return profile;
  std::vector<std::string> known;
  for (const auto& profile : config.profiles) known.push_back(profile.name.text);
  const std::string nearest = did_you_mean(*name, known);
  throw UsageError(fmt::format("{} has no profile '{}'{}", config.file.string(), *name,
                               nearest.empty() ? "; it has " + quoted_list(known) : nearest));
}

/// Takes the profile's options as far as this command has them: they are options of `run`.
void take_profile_options(const ProfileConfig& profile, Arguments& arguments) {
  Arguments of_run = run_arguments();
  for (const auto& [name, value] : profile.options) {
    try {
      of_run.add_default(name.text, value);
      if (arguments.takes_default(name.text)) arguments.add_default(name.text, value);
    } catch (const UsageError& error) {
      throw ConfigError(name.place.text() + ": " + error.what());
    }
  }
}

bool is_used(const Name& wanted, const std::vector<RunConfig>& runs,
             std::vector<Name> RunConfig::*names) {
  return std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
    return std::any_of((run.*names).begin(), (run.*names).end(),
                       [&](const auto& name) { return name.text == wanted.text; });
  });
}

/// What only other runs use cannot be looked up among the plugins of these.
void drop_unused(Config& config) {
  const auto& runs = config.runs;
  std::erase_if(config.transforms, [&](const auto& transform) {
    return !is_used(transform.name, runs, &RunConfig::transforms);
  });
  std::erase_if(config.suites,
                [&](const auto& suite) { return !is_used(suite.name, runs, &RunConfig::suites); });
  std::erase_if(config.xfail, [&](const auto& entry) {
    if (entry.filter) return false;
    const Name suite{entry.test.text.substr(0, entry.test.text.find('.')), {}};
    return !is_used(suite, runs, &RunConfig::suites);
  });
}

/// `key=value` of --set.
std::pair<std::string, std::string> split_assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != std::string::npos && equals > 0) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  throw UsageError("--set takes KEY=VALUE, such as timeout=5, not '" + text + "'");
}

void set_suite_option(Config& config, const std::string& key, const std::string& value) {
  const auto dot = key.find('.', sizeof("suites"));
  if (dot == std::string::npos)
    throw UsageError("--set takes suites.SUITE.OPTION, not '" + key + "'");
  const std::string suite = key.substr(sizeof("suites"), dot - sizeof("suites"));
  auto entry = std::find_if(config.suites.begin(), config.suites.end(),
                            [&](const auto& other) { return other.name.text == suite; });
  if (entry == config.suites.end()) {
    entry = config.suites.insert(entry, SuiteConfig{{suite, {"--set"}}, {}, {}});
  }
  const std::string option = key.substr(dot + 1);
  std::erase_if(entry->options, [&](const auto& other) { return other.name.text == option; });
  entry->options.push_back({{option, {"--set"}}, value, false, std::filesystem::current_path()});
}

/// What --set changes; settings are kept for the plan.
Settings take_assignments(const Arguments& arguments, Config& config) {
  Settings settings;
  for (const auto& text : arguments.texts("set")) {
    const auto [key, value] = split_assignment(text);
    if (key.starts_with("suites.")) {
      set_suite_option(config, key, value);
      continue;
    }
    const SettingInfo* info = find_setting(key);
    if (info == nullptr) {
      const std::string nearest = did_you_mean(key, setting_names());
      throw UsageError(
          fmt::format("--set: there is no setting '{}'{}", key,
                      nearest.empty() ? "; there are " + quoted_list(setting_names()) : nearest));
    }
    try {
      settings.set(*info, parse_setting(*info, value));
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--set: '{}' {}, not '{}'", key, error.what(), value));
    }
  }
  return settings;
}

void choose_cells(const Arguments& arguments, Config& config) {
  const auto globs = arguments.texts("cell");
  if (globs.empty()) return;
  std::vector<std::string> names;
  for (const auto& run : config.runs) names.push_back(run.name);
  // A name that is a glob, too, means the run of that name only.
  const auto is_name = [&](const std::string& glob) {
    return std::find(names.begin(), names.end(), glob) != names.end();
  };
  const auto is_chosen = [&](const RunConfig& run) {
    return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) {
      return is_name(glob) ? glob == run.name : ::fnmatch(glob.c_str(), run.name.c_str(), 0) == 0;
    });
  };
  std::erase_if(config.runs, [&](const auto& run) { return !is_chosen(run); });
  if (!config.runs.empty()) return drop_unused(config);
  throw UsageError(fmt::format("--cell: no run of {} matches; there are {}", config.file.string(),
                               quoted_list(names)));
}

/// What outcome() asks for must be the name of one, or a glob that some match.
void check_outcomes(const Filter& filter) {
  std::vector<std::string> known;
  for (const Outcome outcome : kOutcomes) known.emplace_back(outcome_name(outcome));
  for (const auto& asked : filter.arguments_of("outcome")) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const auto& name) {
      return ::fnmatch(asked.c_str(), name.c_str(), 0) == 0;
    });
    if (is_known) continue;
    const std::string nearest = did_you_mean(asked, known);
    throw UsageError(fmt::format("--filter: no test ends as outcome({}){}", asked,
                                 nearest.empty() ? "; there are " + quoted_list(known) : nearest));
  }
}

std::vector<Filter> parse_filters(const Arguments& arguments) {
  std::vector<Filter> filters;
  for (const auto& text : arguments.texts("filter")) {
    try {
      check_outcomes(filters.emplace_back(text));
    } catch (const FilterError& error) {
      throw UsageError(std::string("--filter, ") + error.what());
    }
  }
  return filters;
}

FilterSubject subject_with_history(const PlannedTest& test, const History& history) {
  FilterSubject subject = filter_subject(test);
  if (const auto* entry = history.find(test.base_id())) subject.last_outcome = entry->outcome;
  return subject;
}

/// What may have been meant by a filter that matches nothing: a part of a name. Empty when that
/// matches nothing either, or when it is no plain word.
std::string meant_filter(const std::string& text, const std::vector<PlannedTest>& plan) {
  if (text.empty() || exact_glob(text) != text) return "";
  const Filter wider("*" + text + "*");
  const auto count = std::count_if(plan.begin(), plan.end(), [&](const PlannedTest& test) {
    return wider.matches(filter_subject(test));
  });
  return count == 0 ? "" : fmt::format("; '{}' matches {}", wider.text(), count);
}

/// The tests that at least one filter selects; all of them when there is none.
void select(std::vector<PlannedTest>& plan, const std::vector<Filter>& filters,
            const History& history) {
  if (filters.empty()) return;
  std::vector<bool> is_used(filters.size());
  std::vector<std::string> meant;
  for (const auto& filter : filters) meant.push_back(meant_filter(filter.text(), plan));
  std::erase_if(plan, [&](const PlannedTest& test) {
    const FilterSubject subject = subject_with_history(test, history);
    bool is_selected = false;
    for (std::size_t i = 0; i < filters.size(); ++i) {
      if (!filters[i].matches(subject)) continue;
      is_selected = is_used[i] = true;
    }
    return !is_selected;
  });
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (is_used[i]) continue;
    std::cerr << "warning: --filter '" << filters[i].text() << "' matches no test" << meant[i]
              << "\n";
  }
}

std::vector<Name> find_idle(const Config& config, const std::vector<PlannedTest>& plan) {
  std::vector<Name> idle;
  for (const auto& entry : config.quarantine) {
    if (tests_of(entry, plan).empty()) idle.push_back({entry.filter.text(), entry.place});
  }
  return idle;
}

/// Plugins at fault; with what else is wrong, if something is.
void refuse_faults(const std::vector<std::string>& faults, Problems& problems) {
  if (faults.empty()) return;
  if (problems.empty()) throw PluginError(fmt::format("{}", fmt::join(faults, "\n")));
  for (const auto& fault : faults) problems.add(fault);
  problems.raise();
}

/// The configuration as the command line changes it, and the names of all its runs. What the
/// command line asks for may be missing because of mistakes, which are said then.
Config changed_config(Arguments& arguments, Problems& problems,
                      std::vector<std::string>& all_runs) {
  Config config = load_config(arguments.required_config(), problems);
  for (const auto& run : config.runs) all_runs.push_back(run.name);
  try {
    if (const auto* profile = chosen_profile(config, arguments)) {
      take_profile_options(*profile, arguments);
    }
    choose_cells(arguments, config);
  } catch (const UsageError&) {
    problems.raise();
    throw;
  }
  return config;
}

History load_history(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  std::string warning;
  History history = History::load(folder, warning);
  if (!warning.empty()) std::cerr << "warning: " << warning << "\n";
  return history;
}

}  // namespace

Config load_config(Arguments& arguments) {
  Problems problems;
  std::vector<std::string> ignored;
  Config config = changed_config(arguments, problems, ignored);
  problems.raise();
  return config;
}

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
  if (!arguments.has("cell")) session.idle_filters = find_idle(*session.config, session.plan);
  if (problems.empty()) select(session.plan, filters, session.history);
  return session;
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
