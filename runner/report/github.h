#pragma once

#include <string>

#include "runner/report/reporter.h"
#include "runner/report/terminal.h"

namespace roundtrip {

/// GitHub's workflow commands for what makes the run fail: it shows them beside the tests'
/// source lines. It takes ten of a kind from a step, so the tenth counts the rest.
std::string github_annotations(const RunResults& results);

/// Prints the annotations at the end of the run.
class GithubReporter final : public Reporter {
 public:
  explicit GithubReporter(Terminal& terminal) : terminal_(terminal) {}
  void run_finished(const RunResults& results) override;

 private:
  Terminal& terminal_;
};

}  // namespace roundtrip
