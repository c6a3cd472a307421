#include <fmt/format.h>

#include <iostream>
#include <map>
#include <set>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/report/console_style.h"

namespace roundtrip {

namespace {

constexpr const char* kExplainHelp =
    "roundtrip explain CONFIG [options]\n"
    "\n"
    "Prints the runs that a configuration comes to, with includes, profile, matrix, overrides\n"
    "and --set taken in: each run's suites and transforms, how its tests are called, and the\n"
    "settings that are in force. Where tests of a run differ in a setting, all values are\n"
    "printed with the number of tests that have each; so are groups, set-ups and what is skipped.\n"
    "\n"
    "Examples:\n"
    "  roundtrip explain config/nightly.yaml\n"
    "  roundtrip explain config/nightly.yaml --profile ci --filter 'tag(slow)'\n";

std::string joined(const std::set<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// "timeout: 300", or "timeout: 300 (12 tests), 600 (3 tests)".
void print_setting(const SettingInfo& info, const std::vector<const PlannedTest*>& tests) {
  std::map<std::string, std::size_t> counts;
  for (const auto* test : tests) ++counts[setting_text(info, test->settings)];
  std::vector<std::string> values;
  for (const auto& [value, count] : counts) {
    values.push_back(counts.size() == 1 ? value
                                        : fmt::format("{} ({})", value, counted(count, "test")));
  }
  std::cout << fmt::format("  {:<12} {:<24} # {}\n", std::string(info.name) + ":",
                           fmt::format("{}", fmt::join(values, ", ")), info.help);
}

void print_transform(const PlannedTest& test) {
  std::string chain;
  for (const auto& call : test.chain) {
    std::string options;
    for (const auto& [name, value] : call.options) {
      options += fmt::format("{}{}={}", options.empty() ? "" : ", ", name, value);
    }
    chain += (chain.empty() ? "" : " -> ") + call.name;
    if (!options.empty()) chain += "(" + options + ")";
  }
  std::cout << fmt::format("  transform {}: {}; such as {}\n", test.transform,
                           chain.empty() ? "export as it is" : chain, test.full_name());
}

/// What overrides give to some of the tests beside settings.
void print_extras(const Config& config, const std::vector<const PlannedTest*>& tests) {
  std::map<std::string, std::size_t> counts;
  for (const auto* test : tests) {
    for (const auto& [name, value] : test->environment) {
      ++counts[fmt::format("environment {}={}", name, value)];
    }
    for (const std::size_t group : test->groups) {
      ++counts[fmt::format("group {}, {} at once", config.groups[group].name.text,
                           config.groups[group].limit)];
    }
    if (!test->skip_reason.empty()) ++counts["skipped: " + test->skip_reason];
    for (const auto& entry : config.setup) {
      const bool needs = test->skip_reason.empty() && entry.filter.matches(filter_subject(*test));
      if (needs) ++counts[fmt::format("set-up {}: {}", entry.name.text, entry.command)];
    }
  }
  for (const auto& [what, count] : counts) {
    std::cout << fmt::format("  {} ({})\n", what, counted(count, "test"));
  }
}

void print_run(const Config& config, const RunConfig& run,
               const std::vector<const PlannedTest*>& tests) {
  std::cout << fmt::format("run {}: {}\n", run.name.empty() ? "(unnamed)" : run.name,
                           counted(tests.size(), "test"));
  std::set<std::string> suites, transforms;
  for (const auto* test : tests) suites.insert(test->suite);
  std::cout << "  suites: " << joined(suites) << "\n";
  for (const auto* test : tests) {
    if (transforms.insert(test->transform).second) print_transform(*test);
  }
  for (const auto& [name, value] : run.environment) {
    std::cout << fmt::format("  environment {}={}\n", name, value);
  }
  print_extras(config, tests);
  if (tests.empty()) return;
  for (const auto& info : all_settings()) print_setting(info, tests);
}

}  // namespace

int explain_command(const CommandLine& line) {
  Arguments arguments("explain", kExplainHelp);
  arguments.add_config();
  arguments.add_selection();
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  const Session session = open_session(arguments);
  for (std::size_t i = 0; i < session.config->runs.size(); ++i) {
    std::vector<const PlannedTest*> tests;
    for (const auto& test : session.plan) {
      if (test.run_index == i) tests.push_back(&test);
    }
    print_run(*session.config, session.config->runs[i], tests);
  }
  return kAllAsExpected;
}

}  // namespace roundtrip
