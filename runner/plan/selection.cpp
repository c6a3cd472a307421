#include "runner/plan/selection.h"

#include <fmt/format.h>

#include "runner/filter/filter.h"

namespace roundtrip {

std::vector<std::string> selection_words(const PlannedTest& test, bool has_other_runs) {
  std::vector<std::string> words;
  if (!test.run.empty()) words = {"--cell", test.run};
  std::string filter = fmt::format("derived({})", exact_glob(test.full_name()));
  // --cell takes a glob, and cannot name the run that has no name.
  const bool is_glob = test.run.find_first_of("*?[\\") != std::string::npos;
  if (is_glob || (test.run.empty() && has_other_runs)) {
    filter += fmt::format(" and run({})", exact_glob(test.run));
  }
  words.insert(words.end(), {"--filter", filter});
  return words;
}

}  // namespace roundtrip
