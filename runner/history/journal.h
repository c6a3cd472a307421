#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "runner/report/reporter.h"

namespace roundtrip {

/// Writes each result to a file at once, a JSON record a line, so that a run that is killed
/// loses no finished test. The last line says that the run is over.
class JournalReporter final : public Reporter {
 public:
  /// Begins the file anew, or goes on with it. Throws Error when it cannot be written, or
  /// when another run writes it now.
  JournalReporter(const std::filesystem::path& file, bool goes_on);

  void test_finished(const TestResult& result) override;
  void run_finished(const RunResults& results) override;

 private:
  void write(const std::string& line);

  std::unique_ptr<std::FILE, decltype(&std::fclose)> file_;
};

/// What a journal tells of the last run.
struct Journal {
  /// Whether there is one at all.
  bool exists = false;
  /// Whether that run came to its end.
  bool is_complete = false;
  /// Records by test id, as text.
  std::map<std::string, std::string> records;

  /// The result of the test; nothing when the run did not get to it.
  std::optional<TestResult> result_of(const PlannedTest& test) const;
};

/// Reads a journal; a line that was cut off by a crash is left out.
Journal read_journal(const std::filesystem::path& file);

}  // namespace roundtrip
