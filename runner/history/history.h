#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "runner/history/store.h"
#include "runner/results/results.h"

namespace roundtrip {

/// The folder in which a configuration's history is kept, below Bazel's $TEST_TMPDIR,
/// $XDG_CACHE_HOME or ~/.cache;
/// each configuration file has its own. Empty when the environment names no home.
std::filesystem::path history_folder(const std::filesystem::path& config);

/// The database in that folder.
std::filesystem::path history_file(const std::filesystem::path& folder);

/// How the tests of a configuration ended in earlier runs, by `base_id`.
class History {
 public:
  /// What the folder's database says; nothing when there is none. One that cannot be read is as
  /// good as none: `warning` then says why.
  static History load(const std::filesystem::path& folder, std::string& warning);

  /// Null when the test has not been run.
  const KnownTest* find(const std::string& id) const;

  /// Of the repetitions of a test those that are bad count.
  void add(const TestResult& result);

 private:
  std::map<std::string, KnownTest> tests_;
  std::set<std::string> added_;
};

}  // namespace roundtrip
