#include <fmt/format.h>
#include <roundtrip/error.h>

#include <iostream>

#include "runner/cli/changed_config.h"
#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/fan_out_arguments.h"
#include "runner/cli/session.h"
#include "runner/cli/slurm_submission.h"
#include "runner/fan_out/kubernetes.h"
#include "runner/fan_out/slurm.h"
#include "runner/text/date.h"
#include "support/command.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

constexpr const char* kSubmitHelp =
    "roundtrip submit CONFIG --slurm [options]\n"
    "roundtrip submit CONFIG --kubernetes --image IMAGE --claim CLAIM [options]\n"
    "\n"
    "Runs a configuration as many jobs: one for each run, or cell of a matrix, or with --shards N\n"
    "N for each. No plugin is loaded for it.\n"
    "\n"
    "--slurm: the jobs are the tasks of a job array, and when all have ended, however they did, a\n"
    "job of its own merges their reports; its exit code is that of the whole run. Runner, "
    "plugins,\n"
    "configuration and --reports must be on a file system that all nodes see. Scripts, what jobs\n"
    "print and reports go to that folder: merged.json, merged.xml, merge.log, parts/N.json and\n"
    "parts/N.log. A task that comes to its time limit is told so a minute before, and still "
    "writes\n"
    "its report.\n"
    "\n"
    "--kubernetes: the jobs are the pods of an Indexed Job, each of which starts 'roundtrip' as "
    "you\n"
    "did, with the same CONFIG, in the working folder of IMAGE, and writes its report to the "
    "volume\n"
    "CLAIM: /reports/NAME/N.json. A pod that was lost with its node is tried again. When the Job\n"
    "has ended, 'roundtrip merge' where that volume is makes one report of them.\n"
    "\n"
    "Examples:\n"
    "  roundtrip submit config/nightly.yaml --slurm --partition cpu --cpus 8 --time 2:00:00\n"
    "  roundtrip submit config/nightly.yaml --slurm --shards 4 --sbatch=--mem=16G --wait\n"
    "  roundtrip submit config/nightly.yaml --slurm --dry-run         # prints the scripts\n"
    "  roundtrip submit config/nightly.yaml --kubernetes --image registry/roundtrip:7 \\\n"
    "    --claim reports --dry-run > job.yaml\n";

void declare_submission(po::options_description& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()                                                                         //
      ("slurm", "submit to Slurm")                                                              //
      ("kubernetes", "submit to Kubernetes")                                                    //
      ("dry-run", "print what would be submitted, and do nothing")                              //
      ("name", text("TEXT"), "what the jobs are called (default: CONFIG's name and the time)")  //
      ("cpus", po::value<int>()->default_value(1)->value_name("N"),
       "processors of each job, which runs so many tests at once")  //
      ("at-most", po::value<int>()->default_value(0, "all")->value_name("N"),
       "jobs that run at once")                                                               //
      ("reports", text("FOLDER"), "Slurm: a new folder for reports (default: reports/NAME)")  //
      ("partition", text("NAME"), "Slurm: the partition, or several separated by commas")     //
      ("time", text("LIMIT"), "Slurm: the time limit of each job, such as 2:00:00")           //
      ("sbatch", po::value<std::vector<std::string>>()->value_name("OPTION"),
       "Slurm: one more option of sbatch, such as --sbatch=--account=x (repeatable)")     //
      ("wait", "Slurm: wait for the end, print the summary, and end with its exit code")  //
      ("image", text("IMAGE"), "Kubernetes: an image that has Roundtrip and CONFIG")      //
      ("claim", text("CLAIM"), "Kubernetes: the PersistentVolumeClaim for reports");
}

/// Options of the one that was given for the other would be lost.
void check_submission(const Arguments& arguments) {
  const bool is_slurm = arguments.has("slurm");
  if (is_slurm == arguments.has("kubernetes")) {
    throw UsageError("'submit' needs one of --slurm and --kubernetes");
  }
  for (const char* option : {"reports", "partition", "time", "sbatch", "wait"}) {
    if (!is_slurm && arguments.has(option))
      throw UsageError(fmt::format("--{} goes with --slurm", option));
  }
  for (const char* option : {"image", "claim"}) {
    if (is_slurm && arguments.has(option))
      throw UsageError(fmt::format("--{} goes with --kubernetes", option));
    if (!is_slurm && !arguments.has(option))
      throw UsageError(fmt::format("--kubernetes needs --{}", option));
  }
  if (arguments.has("wait") && arguments.has("dry-run"))
    throw UsageError("--dry-run submits nothing to --wait for");
}

std::size_t count_of(const Arguments& arguments, const char* option, int least) {
  const int count = arguments.get<int>(option);
  if (count >= least) return static_cast<std::size_t>(count);
  throw UsageError(fmt::format("--{} takes {} or more, not {}", option, least, count));
}

int submit_to_slurm(FanOut fan_out, const Arguments& arguments) {
  SlurmRequest request;
  request.folder = fs::absolute(arguments.text("reports").value_or("reports/" + fan_out.name))
                       .lexically_normal();
  request.partition = arguments.text("partition").value_or("");
  request.time = arguments.text("time").value_or("");
  request.cpus = count_of(arguments, "cpus", 1);
  request.at_most = count_of(arguments, "at-most", 0);
  request.options = arguments.texts("sbatch");
  check_slurm_request(fan_out, request);
  fan_out.options.insert(fan_out.options.end(), {"--jobs", std::to_string(request.cpus)});
  if (!arguments.has("dry-run")) return submit(fan_out, request, arguments.has("wait"));
  for (const auto& [path, script] : slurm_scripts(fan_out, request)) {
    std::cout << "# " << path.string() << "\n" << script << "\n";
  }
  return kAllAsExpected;
}

int submit_to_kubernetes(FanOut fan_out, const Arguments& arguments) {
  KubernetesRequest request;
  request.image = *arguments.text("image");
  request.claim = *arguments.text("claim");
  request.cpus = count_of(arguments, "cpus", 1);
  request.at_most = count_of(arguments, "at-most", 0);
  fan_out.name = kubernetes_name(fan_out.name);
  fan_out.options.insert(fan_out.options.end(), {"--jobs", std::to_string(request.cpus)});
  const std::string job = kubernetes_job(fan_out, request);
  if (arguments.has("dry-run")) {
    std::cout << job;
    return kAllAsExpected;
  }
  if (!has_program("kubectl")) {
    throw Error("there is no 'kubectl' here: print the Job by --dry-run, and create it elsewhere");
  }
  if (feed_command("kubectl create --filename -", job).status != 0) {
    throw Error("kubectl did not create the Job " + fan_out.name);
  }
  std::cout << fmt::format("reports: {0}/0.json to {0}/{1}.json in the volume '{2}'\n",
                           kubernetes_reports(fan_out), fan_out.jobs() - 1, request.claim);
  std::cout << fmt::format("when all are there: {}\n",
                           merge_line(fan_out, kubernetes_reports(fan_out), fan_out.name));
  return kAllAsExpected;
}

}  // namespace

int submit_command(const CommandLine& line) {
  Arguments arguments("submit", kSubmitHelp);
  arguments.add_config();
  arguments.add_selection();
  declare_fan_out(arguments.options());
  declare_submission(arguments.options());
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  check_submission(arguments);
  const Config config = load_config(arguments);
  const bool is_slurm = arguments.has("slurm");
  FanOut fan_out = is_slurm
                       ? fan_out_of(config, arguments, fs::read_symlink("/proc/self/exe").string(),
                                    PathStyle::absolute)
                       : fan_out_of(config, arguments, line.program, PathStyle::as_given);
  fan_out.name = arguments.text("name").value_or(fan_out.name + "-" + now_for_names());
  return is_slurm ? submit_to_slurm(fan_out, arguments) : submit_to_kubernetes(fan_out, arguments);
}

}  // namespace roundtrip
