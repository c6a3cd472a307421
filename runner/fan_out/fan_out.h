#pragma once

#include <string>
#include <vector>

namespace roundtrip {

/// A run of a configuration as jobs that may run on many machines: one for each shard of each of
/// its cells, counted from 0, and one that merges their reports when all have ended.
struct FanOut {
  std::string name;  ///< what the jobs are called
  std::string runner;
  std::string config;
  /// Of `run`, for every job.
  std::vector<std::string> options;
  /// The names of the configuration's runs, each once; an empty one has no name, and is alone.
  std::vector<std::string> cells;
  std::size_t shards = 1;  ///< of each cell

  std::size_t jobs() const { return cells.size() * shards; }
};

/// "night (dtype=float64) 2/3": what the job is of.
std::string job_title(const FanOut& fan_out, std::size_t job);

/// The line of a shell that runs the job and writes its report.
std::string job_line(const FanOut& fan_out, std::size_t job, const std::string& report);

/// The same for a shell that knows the job by a variable, of 0 and up, and has all cells as its
/// arguments: two lines, of which the first takes those away that come before the job's own.
/// `report` is a word of the shell.
std::string numbered_lines(const FanOut& fan_out, const std::string& variable,
                           const std::string& report);

/// The line that makes of the reports in a folder one, `report`.json and `report`.xml. Its exit
/// code is that of the whole run.
std::string merge_line(const FanOut& fan_out, const std::string& folder, const std::string& report);

}  // namespace roundtrip
