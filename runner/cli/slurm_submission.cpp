#include "runner/cli/slurm_submission.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "runner/cli/arguments.h"
#include "runner/cli/exit_code.h"
#include "runner/report/console_style.h"
#include "runner/text/shell.h"
#include "support/command.h"
#include "support/new_file.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

void check_text(const char* option, const std::string& text, const std::string& more = "") {
  const bool is_good = std::none_of(text.begin(), text.end(), [&](const char c) {
    return static_cast<unsigned char>(c) < ' ' || more.find(c) != std::string::npos;
  });
  if (!is_good)
    throw UsageError(fmt::format("{} has a character that Slurm does not take", option));
}

/// Reports of another run would be merged with those of this one.
void make_folder(const SlurmRequest& request) {
  std::error_code error;
  if (fs::exists(request.folder, error) && !fs::is_empty(request.folder, error)) {
    throw UsageError(
        fmt::format("--reports: {} is not empty; give a new folder", request.folder.string()));
  }
  fs::create_directories(request.parts(), error);
  if (error) {
    throw UsageError(
        fmt::format("--reports: {} cannot be made: {}", request.parts().string(), error.message()));
  }
}

/// What Slurm said to a job that was submitted.
struct Submitted {
  std::string id;  ///< empty when it was refused
  int exit_code = 0;
};

Submitted sbatch(const std::string& words) {
  const CommandResult result = run_command("sbatch --parsable " + words);
  return {result.output.substr(0, result.output.find_first_of(";\n")), result.exit_code()};
}

std::string submit_array(const SlurmRequest& request) {
  const Submitted array = sbatch(shell_quoted(request.run_script().string()));
  if (array.id.empty()) throw Error("sbatch refused " + request.run_script().string());
  return array.id;
}

Submitted submit_merge(const SlurmRequest& request, const std::string& array, bool waits) {
  const Submitted merge =
      sbatch(fmt::format("{}--dependency=afterany:{} {}", waits ? "--wait " : "", array,
                         shell_quoted(request.merge_script().string())));
  if (!merge.id.empty()) return merge;
  run_command("scancel " + array);
  throw Error(fmt::format("sbatch refused {}; the job {} was cancelled",
                          request.merge_script().string(), array));
}

/// Prints what the job printed.
int end_of_wait(const SlurmRequest& request, const Submitted& merge) {
  std::cout << std::ifstream(request.merge_log()).rdbuf();
  if (merge.exit_code <= kNothingSelected) return merge.exit_code;
  throw Error(fmt::format("Slurm's job {}, which merges the reports, ended with code {}; see {}",
                          merge.id, merge.exit_code, request.merge_log().string()));
}

}  // namespace

int submit(const FanOut& fan_out, const SlurmRequest& request, bool waits) {
  if (!has_program("sbatch")) {
    throw Error(
        "there is no 'sbatch' here: submit from a machine of a Slurm cluster, or see by --dry-run "
        "what would be submitted");
  }
  make_folder(request);
  for (const auto& [path, script] : slurm_scripts(fan_out, request)) write_file(path, script);
  const std::string array = submit_array(request);
  std::cout << fmt::format("Slurm's job {}: {}, for {} in {} each\n", array,
                           counted(fan_out.jobs(), "task"), counted(fan_out.cells.size(), "run"),
                           counted(fan_out.shards, "shard"));
  std::cout << fmt::format("reports: {0}.json and .xml\n", request.report().string());
  if (waits)
    std::cout << "waiting for the job that merges them; Ctrl-C leaves all jobs as they are"
              << std::endl;
  const Submitted merge = submit_merge(request, array, waits);
  if (waits) return end_of_wait(request, merge);
  std::cout << fmt::format(
      "merged by job {1}\n  squeue --jobs {0},{1}    # what they are at\n  scancel {0} {1}    # "
      "end them\n",
      array, merge.id);
  return kAllAsExpected;
}

void check_slurm_request(const FanOut& fan_out, const SlurmRequest& request) {
  check_text("--name", fan_out.name, "/");
  check_text("--reports", request.folder.string(), "\\");  // after one, Slurm replaces no %a
  check_text("--partition", request.partition);
  check_text("--time", request.time);
  for (const auto& option : request.options) check_text("--sbatch", option);
}

}  // namespace roundtrip
