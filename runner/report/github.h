#pragma once

#include <string>

#include "runner/report/terminal.h"
#include "runner/results/results.h"

namespace roundtrip {

/// GitHub's workflow commands for what makes the run fail, and warnings of what failed in
/// quarantine: it shows them beside the tests' source lines. It takes ten of a kind from a step, so
/// the tenth counts the rest.
std::string github_annotations(const RunResults& results);

/// Whether this is a step of a workflow.
bool is_on_github();

/// Keeps GitHub from taking what tests say for workflow commands, which it finds at the start of
/// a line, after spaces, and in the older form anywhere. From the constructor to `go_on`, or the
/// destructor, it obeys none but the one that ends this, by a word that nobody can foresee.
class GithubPause {
 public:
  explicit GithubPause(Terminal& terminal);
  ~GithubPause();
  GithubPause(const GithubPause&) = delete;
  GithubPause& operator=(const GithubPause&) = delete;

  /// The line that ends it, to be written at once; empty on later calls.
  std::string go_on();

 private:
  Terminal& terminal_;
  std::string word_;
};

}  // namespace roundtrip
