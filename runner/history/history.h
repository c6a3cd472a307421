#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "runner/results/results.h"

namespace roundtrip {

/// The folder in which a configuration's history is kept, below Bazel's $TEST_TMPDIR,
/// $XDG_CACHE_HOME or ~/.cache;
/// each configuration file has its own. Empty when the environment names no home.
std::filesystem::path history_folder(const std::filesystem::path& config);

/// How the tests of a configuration ended in earlier runs, by `base_id`.
class History {
 public:
  struct Entry {
    std::string outcome;  ///< of the last run, as reports spell it
    double seconds = 0;   ///< a mean in which later runs count more
    bool is_bad = false;
  };

  /// What the file holds; nothing when there is none. A damaged file is as good as none:
  /// `warning` then says so.
  static History load(const std::filesystem::path& file, std::string& warning);

  /// Null when the test has not been run.
  const Entry* find(const std::string& id) const;

  /// Of the repetitions of a test those that are bad count.
  void add(const TestResult& result);

  /// Writes the file so that readers see the old one or the whole new one. Throws Error.
  void save(const std::filesystem::path& file) const;

 private:
  std::map<std::string, Entry> entries_;
  std::set<std::string> added_;
};

}  // namespace roundtrip
