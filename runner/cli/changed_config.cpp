#include "runner/cli/changed_config.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "runner/cli/run_arguments.h"
#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

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

}  // namespace

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

Config load_config(Arguments& arguments) {
  Problems problems;
  std::vector<std::string> ignored;
  Config config = changed_config(arguments, problems, ignored);
  problems.raise();
  return config;
}

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

}  // namespace roundtrip
