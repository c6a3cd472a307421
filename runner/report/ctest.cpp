#include "runner/report/ctest.h"

#include <fmt/format.h>

#include "runner/plan/selection.h"

namespace roundtrip {

namespace {

/// How the summary of a single test ends that was skipped, or failed in quarantine; what tests
/// print is indented.
constexpr const char* kSkipped = "\n0 passed, 0 failed, (1 skipped|0 skipped, 1 in quarantine)\n";

/// What a test prints would be taken for the runner's lines where it is not captured.
constexpr const char* kCaptured = "ROUNDTRIP_NO_CAPTURE=unset:;ROUNDTRIP_ISOLATION=unset:";

/// An argument in brackets, in which nothing is escaped, with as many signs as none in it has.
std::string argument(const std::string& text) {
  std::string signs;
  while (text.find("]" + signs + "]") != std::string::npos || text.ends_with("]" + signs)) {
    signs += '=';
  }
  const char* first =
      text.starts_with('\n') ? "\n" : "";  // one that follows the bracket is left out
  return fmt::format("[{0}[{1}{2}]{0}]", signs, first, text);
}

}  // namespace

std::string ctest_script(const std::vector<PlannedTest>& plan, bool has_other_runs,
                         const CtestCommand& command) {
  std::string script;
  for (const auto& test : plan) {
    const std::string name = argument(command.prefix + test.id());
    script += fmt::format("add_test({}", name);
    for (const auto& word : command.words) script += " " + argument(word);
    for (const auto& word : selection_words(test, has_other_runs)) script += " " + argument(word);
    script += fmt::format(
        ")\nset_tests_properties({} PROPERTIES SKIP_REGULAR_EXPRESSION {} "
        "ENVIRONMENT_MODIFICATION {})\n",
        name, argument(kSkipped), argument(kCaptured));
  }
  return script;
}

}  // namespace roundtrip
