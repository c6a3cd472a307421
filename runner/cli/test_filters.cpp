#include "runner/cli/test_filters.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <iostream>

#include "runner/results/results.h"
#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

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

}  // namespace

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

void select_tests(std::vector<PlannedTest>& plan, const std::vector<Filter>& filters,
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

}  // namespace roundtrip
