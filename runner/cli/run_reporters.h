#pragma once

#include <optional>

#include "runner/cli/arguments.h"
#include "runner/cli/file_reporters.h"
#include "runner/plan/shard.h"
#include "runner/report/console.h"
#include "runner/report/github.h"

namespace roundtrip {

/// The reporters that the command line and the environment ask for.
class RunReporters {
 public:
  /// Adds the options of reports to `options`.
  static void declare(boost::program_options::options_description& options);

  /// Throws UsageError when their values are wrong.
  static void check(const Arguments& arguments);

  RunReporters(const CommandLine& line, const Arguments& arguments, const Environment& environment,
               const PlanPart& part);

  /// One more, which hears of each event before the console does.
  void add(Reporter& reporter) { files_.add(reporter); }

  /// The command with which the user can resume the run; printed if it is interrupted.
  void offer_resume(const std::string& command) { console_.offer_resume(command); }

  Reporter& all() { return all_; }

  /// Throws Error when something could not be written to the standard output.
  void flush();

 private:
  Terminal terminal_;
  ConsoleReporter console_;
  FileReporters reports_;
  std::optional<GithubPause> github_;
  Reporters files_;
  Reporters all_;
};

}  // namespace roundtrip
