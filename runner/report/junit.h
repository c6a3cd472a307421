#pragma once

#include <filesystem>
#include <string>

#include "runner/report/reporter.h"

namespace roundtrip {

/// The run as JUnit XML: one `testsuite` for each derived class.
std::string junit_xml(const RunResults& results);

/// Writes the JUnit XML file at the end of the run.
class JUnitReporter final : public Reporter {
 public:
  explicit JUnitReporter(std::filesystem::path path) : path_(std::move(path)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
};

}  // namespace roundtrip
