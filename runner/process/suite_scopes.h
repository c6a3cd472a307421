#pragma once

#include <roundtrip/plugin.h>

#include <map>
#include <string>
#include <vector>

namespace roundtrip {

/// Threads of this process, the calling one included.
std::size_t count_threads();

/// The suites that were set up in this process, each once.
class SuiteScopes {
 public:
  /// Sets the suite up, unless that was done before. An outcome other than `passed` is that of all
  /// of its tests.
  const TestOutcome& set_up(const Suite& suite);

  /// Whether `set_up` has been called for it.
  bool knows(const Suite& suite) const { return outcomes_.count(&suite) > 0; }

  /// Tears down those whose set-up has passed; returns a sentence for each that fails.
  std::vector<std::string> tear_down();

 private:
  std::map<const Suite*, TestOutcome> outcomes_;
};

}  // namespace roundtrip
