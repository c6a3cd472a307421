#include "runner/plan/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runner/plan/options.h"
#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

/// False if the name is neither known nor similar to a known one.
bool require_known(const Name& name, const std::string& kind, const std::vector<std::string>& known,
                   Problems& problems) {
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return true;
  const std::string nearest = did_you_mean(name.text, known);
  problems.add(name.place,
               fmt::format("no plugin offers the {} '{}'{}", kind, name.text,
                           nearest.empty() ? "; offered: " + quoted_list(known) : nearest));
  return !nearest.empty();
}

/// The folder to which default values that are relative paths refer.
std::filesystem::path folder_of(const Config& config) {
  return std::filesystem::absolute(config.file).parent_path();
}

// The checks return whether a plugin offers what is named, or something with a similar name.

bool check_transform(const TransformConfig& transform, const Catalog& catalog, Problems& problems) {
  bool is_offered = true;
  for (const auto& link : transform.chain) {
    is_offered &= require_known(link.name, "transformation", catalog.transform_names(), problems);
    const Offer* offer = catalog.find_transform(link.name.text);
    if (offer == nullptr) continue;
    check_options(link.options, "the transformation '" + offer->name + "'", link.name.place, *offer,
                  problems);
  }
  return is_offered;
}

bool is_left_out(const SuiteConfig& suite, const Catalog& catalog) {
  return suite.is_optional && !suite.kind.text.empty() &&
         catalog.find_kind(suite.kind.text) == nullptr;
}

/// An entry of `suites`: its kind or its name must be offered, and its options declared. A suite
/// of a kind takes precedence over one of this name that a plugin offers.
bool check_suite(const SuiteConfig& suite, const Catalog& catalog, Problems& problems) {
  if (is_left_out(suite, catalog)) return true;
  const bool is_ready = suite.kind.text.empty();
  const bool is_offered =
      is_ready ? require_known(suite.name, "suite", catalog.suite_names(), problems)
               : require_known(suite.kind, "kind of suites", catalog.kind_names(), problems);
  const Offer* offer =
      is_ready ? catalog.find_suite(suite.name.text) : catalog.find_kind(suite.kind.text);
  if (offer == nullptr) return is_offered;
  check_options(suite.options, "the suite '" + suite.name.text + "'", suite.name.place, *offer,
                problems);
  return true;
}

/// A suite that a run names: an entry of `suites`, or one that a plugin offers.
bool check_run_suite(const Name& name, const Config& config, const Catalog& catalog,
                     Problems& problems) {
  if (const auto* entry = config.find_suite(name.text)) {
    return check_suite(*entry, catalog, problems);
  }
  std::vector<std::string> known = catalog.suite_names();
  for (const auto& entry : config.suites) known.push_back(entry.name.text);
  const bool is_offered = require_known(name, "suite", known, problems);
  if (const Offer* offer = catalog.find_suite(name.text)) {
    check_options({}, "the suite '" + name.text + "'", name.place, *offer, problems);
  }
  return is_offered;
}

/// Everything that the plugins of any run offer.
Catalog offered_to_any(const Config& config, PlanSource& source) {
  Catalog all;
  std::set<std::string> paths;
  for (const auto& run : config.runs) {
    for (const auto& plugin : source.catalog(run).plugins) {
      if (paths.insert(plugin.path).second) all.plugins.push_back(plugin);
    }
  }
  return all;
}

/// A name that no run uses may still be misspelled.
bool check_unused_names(const Config& config, PlanSource& source, Problems& problems) {
  const Catalog all = offered_to_any(config, source);
  std::set<std::string> used, used_suites;
  for (const auto& run : config.runs) {
    for (const auto& name : run.transforms) used.insert(name.text);
    for (const auto& name : run.suites) used_suites.insert(name.text);
  }
  bool is_offered = true;
  for (const auto& transform : config.transforms) {
    if (used.count(transform.name.text) > 0) continue;
    is_offered &= check_transform(transform, all, problems);
  }
  for (const auto& suite : config.suites) {
    if (used_suites.count(suite.name.text) > 0) continue;
    is_offered &= check_suite(suite, all, problems);
  }
  return is_offered;
}

}  // namespace

void check_names(const Config& config, PlanSource& source, Problems& problems) {
  if (config.runs.empty()) return;  // no plugins are known then
  bool is_offered = true;
  for (const auto& run : config.runs) {
    const Catalog& catalog = source.catalog(run);
    for (const auto& name : run.transforms) {
      const auto* transform = config.find_transform(name.text);
      if (transform != nullptr) is_offered &= check_transform(*transform, catalog, problems);
    }
    for (const auto& name : run.suites) {
      is_offered &= check_run_suite(name, config, catalog, problems);
    }
  }
  is_offered &= check_unused_names(config, source, problems);
  if (!is_offered) problems.add(source.other_plugins());
}

std::vector<std::string> left_out_suites(const Config& config, PlanSource& source) {
  std::vector<std::string> sentences;
  for (const auto& suite : config.suites) {
    const bool is_missed =
        std::any_of(config.runs.begin(), config.runs.end(), [&](const RunConfig& run) {
          const auto is_it = [&](const Name& name) { return name.text == suite.name.text; };
          return std::any_of(run.suites.begin(), run.suites.end(), is_it) &&
                 is_left_out(suite, source.catalog(run));
        });
    if (!is_missed) continue;
    sentences.push_back(fmt::format("the suite '{}' is left out: no plugin offers its kind '{}'",
                                    suite.name.text, suite.kind.text));
  }
  return sentences;
}

std::shared_ptr<const SuiteCall> resolve_suite(const std::string& name, const Config& config,
                                               const Catalog& catalog) {
  const SuiteConfig* entry = config.find_suite(name);
  const std::string kind = entry ? entry->kind.text : "";
  const Offer* offer = kind.empty() ? catalog.find_suite(name) : catalog.find_kind(kind);
  Problems problems;
  check_run_suite({name, {}}, config, catalog, problems);
  if (offer == nullptr || !problems.empty()) return nullptr;
  const auto settings = entry ? entry->options : std::vector<OptionSetting>{};
  return std::make_shared<const SuiteCall>(
      SuiteCall{name, kind, resolve_options(settings, *offer, folder_of(config))});
}

std::vector<TransformCall> resolve_chain(const TransformConfig& transform, const Config& config,
                                         const Catalog& catalog) {
  std::vector<TransformCall> chain;
  for (const auto& link : transform.chain) {
    const Offer& offer = *catalog.find_transform(link.name.text);
    chain.push_back({offer.name, resolve_options(link.options, offer, folder_of(config))});
  }
  return chain;
}

}  // namespace roundtrip
