#pragma once

#include <filesystem>
#include <string>

#include "runner/report/reporter.h"

namespace roundtrip {

/// The run in TAP, version 14: a line for each test, with a YAML block for what went wrong.
std::string tap_text(const RunResults& results);

/// Writes the TAP file at the end of the run.
class TapReporter final : public Reporter {
 public:
  explicit TapReporter(std::filesystem::path path) : path_(std::move(path)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
};

}  // namespace roundtrip
