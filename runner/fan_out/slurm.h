#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "runner/fan_out/fan_out.h"

namespace roundtrip {

/// What Slurm is asked for.
struct SlurmRequest {
  /// On a file system that all nodes see: scripts, what the jobs print, and reports go here.
  std::filesystem::path folder;
  std::string partition{};  ///< empty for the cluster's own choice
  std::string time{};       ///< the limit of each job; likewise
  std::size_t cpus = 1;     ///< of each job, which runs as many tests at once
  std::size_t at_most = 0;  ///< jobs that run at once; 0 is no limit
  /// Further options of sbatch, for all jobs.
  std::vector<std::string> options{};

  std::filesystem::path parts() const { return folder / "parts"; }
  std::filesystem::path run_script() const { return folder / "run.sh"; }
  std::filesystem::path merge_script() const { return folder / "merge.sh"; }
  std::filesystem::path merge_log() const { return folder / "merge.log"; }
  /// Without .json and .xml.
  std::filesystem::path report() const { return folder / "merged"; }
};

/// A script, and where it goes.
using SlurmScript = std::pair<std::filesystem::path, std::string>;

/// That of the array whose tasks are the jobs, and that of the job which merges.
std::vector<SlurmScript> slurm_scripts(const FanOut& fan_out, const SlurmRequest& request);

}  // namespace roundtrip
