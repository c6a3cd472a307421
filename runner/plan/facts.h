#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// What the results of one run's tests depend on, each by its name and as text: settings,
/// environment variables, chains, options of suites, expected failures, contents of plugins.
/// Results may go into one report only where these are the same.
using Facts = std::map<std::string, std::string>;

/// By the name of the run.
using RunFacts = std::map<std::string, Facts>;

/// What the configuration's runs depend on but for the plugins. `plan` has all their tests.
RunFacts facts_of(const Config& config, const std::vector<PlannedTest>& plan);

/// Adds to each run the plugins that offer its suites and transformations, and their libraries.
/// `content_of` gives the hash of the file of this path.
void add_plugins(RunFacts& facts, const Config& config, PlanSource& source,
                 const std::function<std::string(const std::string&)>& content_of);

/// Something of which two runs have different values; one that a run does not have is "nothing".
struct Difference {
  std::string name;
  std::string first;
  std::string second;
};

/// In the order of the names.
std::vector<Difference> differences(const Facts& first, const Facts& second);

/// Of the runs that both have; each name starts with that of its run, where that has one.
std::vector<Difference> differences(const RunFacts& first, const RunFacts& second);

/// Whether it is a setting that only supervises tests: how long they may run, how often.
bool only_watches(const Difference& difference);

/// "NAME is FIRST in A and SECOND in B" for each, the rest of many counted. Such as `a`: "1.json".
std::string difference_text(const std::vector<Difference>& differences, const std::string& a,
                            const std::string& b);

}  // namespace roundtrip
