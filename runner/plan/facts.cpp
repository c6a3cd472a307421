#include "runner/plan/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

using Tests = std::vector<const PlannedTest*>;
using ValueOf = std::function<std::string(const PlannedTest&)>;

/// The one value that all tests have; or all values, and a fingerprint of which test has which.
std::string values_text(const Tests& tests, const ValueOf& value_of) {
  std::set<std::string> values;
  std::uint64_t fingerprint = 0;
  for (const auto* test : tests) {
    const std::string value = value_of(*test);
    fingerprint += stable_hash(test->id() + "=" + value);  // in any order
    values.insert(value);
  }
  const std::string text = fmt::format("{}", fmt::join(values, ", "));
  return values.size() == 1 ? text : fmt::format("{} (by test: {:016x})", text, fingerprint);
}

void add_settings(const Tests& tests, Facts& facts) {
  for (const auto& info : all_settings()) {
    const bool is_same = std::visit(
        [&](auto member) {
          return std::all_of(tests.begin(), tests.end(), [&](const auto* test) {
            return test->settings.*member == tests.front()->settings.*member;
          });
        },
        info.member);
    facts[fmt::format("the setting '{}'", info.name)] =
        is_same ? setting_text(info, tests.front()->settings)
                : values_text(tests, [&](const auto& t) { return setting_text(info, t.settings); });
  }
}

std::string environment_text(const PlannedTest& test) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : test.environment) variables.push_back(name + "=" + value);
  return fmt::format("'{}'", fmt::join(variables, " "));
}

/// As the configuration has it: a path that is relative there is elsewhere on other machines.
std::string chain_text(const TransformConfig& transform) {
  std::vector<std::string> links;
  for (const auto& link : transform.chain) {
    std::vector<std::string> options;
    for (const auto& option : link.options) {
      options.push_back(option.name.text + ": " + option.value);
    }
    links.push_back(options.empty()
                        ? link.name.text
                        : fmt::format("{}({})", link.name.text, fmt::join(options, ", ")));
  }
  return fmt::format("[{}]", fmt::join(links, ", "));
}

void add_transforms(const Config& config, const RunConfig& run, Facts& facts) {
  for (const auto& name : run.transforms) {
    const TransformConfig* transform = config.find_transform(name.text);
    if (transform == nullptr) continue;
    facts[fmt::format("the chain of '{}'", name.text)] = chain_text(*transform);
  }
}

/// As the configuration has it, but for a path of the command line, which depends on where that
/// was typed.
std::string value_text(const OptionSetting& option) {
  std::error_code ignored;
  const bool is_typed_path = option.name.place.file == "--set" &&
                             std::filesystem::exists(option.folder / option.value, ignored);
  return is_typed_path ? (option.folder / option.value).lexically_normal().string() : option.value;
}

void add_suites(const Config& config, const RunConfig& run, Facts& facts) {
  for (const auto& name : run.suites) {
    const SuiteConfig* suite = config.find_suite(name.text);
    if (suite == nullptr) continue;
    if (!suite->kind.text.empty()) {
      facts[fmt::format("the kind of the suite '{}'", name.text)] = suite->kind.text;
    }
    for (const auto& option : suite->options) {
      facts[fmt::format("the option '{}' of the suite '{}'", option.name.text, name.text)] =
          value_text(option);
    }
  }
}

/// The commands that are run before some of the tests.
void add_set_ups(const Config& config, const Tests& tests, Facts& facts) {
  for (const auto& entry : config.setup) {
    const bool is_needed = std::any_of(tests.begin(), tests.end(), [&](const auto* test) {
      return entry.filter.matches(filter_subject(*test));
    });
    if (is_needed) facts[fmt::format("the set-up '{}'", entry.name.text)] = entry.command;
  }
}

/// Which tests are expected to fail, and which are skipped.
void add_marks(const Tests& tests, Facts& facts) {
  Tests xfail, skipped;
  for (const auto* test : tests) {
    if (test->xfail) xfail.push_back(test);
    if (!test->skip_reason.empty()) skipped.push_back(test);
  }
  const auto text = [](const Tests& some) {
    std::uint64_t fingerprint = 0;
    for (const auto* test : some) fingerprint += stable_hash(test->id());
    return some.empty() ? "0" : fmt::format("{} ({:016x})", some.size(), fingerprint);
  };
  facts["the number of tests expected to fail"] = text(xfail);
  facts["the number of tests left out"] = text(skipped);
}

bool offers_suite(const PluginInfo& plugin, const Config& config, const RunConfig& run) {
  return std::any_of(run.suites.begin(), run.suites.end(), [&](const Name& suite) {
    const SuiteConfig* entry = config.find_suite(suite.text);
    const bool is_kind = entry != nullptr && !entry->kind.text.empty();
    return is_kind ? has_offer(plugin.kinds, entry->kind.text)
                   : has_offer(plugin.suites, suite.text);
  });
}

bool offers_transform(const PluginInfo& plugin, const Config& config, const RunConfig& run) {
  return std::any_of(run.transforms.begin(), run.transforms.end(), [&](const Name& name) {
    const TransformConfig* entry = config.find_transform(name.text);
    return entry != nullptr &&
           std::any_of(entry->chain.begin(), entry->chain.end(), [&](const ChainLink& link) {
             return has_offer(plugin.transforms, link.name.text);
           });
  });
}

}  // namespace

RunFacts facts_of(const Config& config, const std::vector<PlannedTest>& plan) {
  std::vector<Tests> tests(config.runs.size());
  for (const auto& test : plan) tests[test.run_index].push_back(&test);
  RunFacts all;
  for (std::size_t i = 0; i < config.runs.size(); ++i) {
    const RunConfig& run = config.runs[i];
    Facts& facts = all[run.name];
    for (const auto& [name, value] : run.environment) {
      facts[fmt::format("the environment variable {}", name)] = fmt::format("'{}'", value);
    }
    add_transforms(config, run, facts);
    add_suites(config, run, facts);
    if (!tests[i].empty()) add_settings(tests[i], facts);
    const bool has_environment =
        std::any_of(tests[i].begin(), tests[i].end(),
                    [](const auto* test) { return !test->environment.empty(); });
    if (has_environment) {
      facts["the environment of tests"] = values_text(tests[i], environment_text);
    }
    add_set_ups(config, tests[i], facts);
    add_marks(tests[i], facts);
  }
  return all;
}

void add_plugins(RunFacts& facts, const Config& config, PlanSource& source,
                 const std::function<std::string(const std::string&)>& content_of) {
  for (const auto& run : config.runs) {
    Facts& of_run = facts[run.name];
    const auto short_hash = [&](const std::string& path) {
      constexpr std::size_t kDigits = 16;  // as many as no accident makes equal
      return content_of(path).substr(0, kDigits);
    };
    for (const auto& plugin : source.catalog(run).plugins) {
      if (!offers_suite(plugin, config, run) && !offers_transform(plugin, config, run)) continue;
      of_run[fmt::format("the plugin '{}'", plugin.name)] = short_hash(plugin.path);
      for (const auto& library : plugin.libraries) {
        const std::string name = std::filesystem::path(library).filename().string();
        of_run[fmt::format("the library {}", name)] = short_hash(library);
      }
    }
  }
}

std::vector<Difference> differences(const Facts& first, const Facts& second) {
  std::set<std::string> names;
  for (const auto& [name, value] : first) names.insert(name);
  for (const auto& [name, value] : second) names.insert(name);
  const auto value_in = [](const Facts& facts, const std::string& name) {
    const auto entry = facts.find(name);
    return entry == facts.end() ? std::string("nothing") : entry->second;
  };
  std::vector<Difference> found;
  for (const auto& name : names) {
    Difference difference{name, value_in(first, name), value_in(second, name)};
    if (difference.first != difference.second) found.push_back(std::move(difference));
  }
  return found;
}

std::vector<Difference> differences(const RunFacts& first, const RunFacts& second) {
  std::vector<Difference> found;
  for (const auto& [run, facts] : first) {
    const auto other = second.find(run);
    if (other == second.end()) continue;
    for (auto& difference : differences(facts, other->second)) {
      if (!run.empty()) difference.name += " of the run '" + run + "'";
      found.push_back(std::move(difference));
    }
  }
  return found;
}

bool only_watches(const Difference& difference) {
  const auto& settings = all_settings();
  return std::any_of(settings.begin(), settings.end(), [&](const SettingInfo& info) {
    return info.only_watches &&
           difference.name.starts_with(fmt::format("the setting '{}'", info.name));
  });
}

std::string difference_text(const std::vector<Difference>& differences, const std::string& a,
                            const std::string& b) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> texts;
  for (const auto& [name, first, second] : differences) {
    if (texts.size() == kShown) break;
    texts.push_back(fmt::format("{} is {} in {} and {} in {}", name, first, a, second, b));
  }
  const std::size_t rest = differences.size() - texts.size();
  return fmt::format("{}{}", fmt::join(texts, "; "),
                     rest > 0 ? fmt::format("; and {} more", rest) : "");
}

}  // namespace roundtrip
