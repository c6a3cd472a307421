#include "runner/fan_out/slurm.h"

#include <fmt/format.h>

#include "runner/text/shell.h"

namespace roundtrip {

namespace {

/// So long before its time is over a task is told to end, and writes its report.
constexpr int kSecondsForReport = 60;

/// A file's name in which Slurm replaces nothing, before `pattern`, in which it does.
std::string file_pattern(const std::filesystem::path& folder, const std::string& pattern) {
  std::string name;
  for (const char c : (folder / "").string()) name += c == '%' ? "%%" : std::string(1, c);
  return name + pattern;
}

/// One word of a line of options, as sbatch reads it.
std::string option_word(const std::string& text) {
  std::string word = "\"";
  for (const char c : text)
    word += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return word + "\"";
}

std::string option_line(const std::string& option) {
  const bool is_plain = shell_quoted(option) == option;
  return "#SBATCH " + (is_plain ? option : option_word(option)) + "\n";
}

std::string head(const SlurmRequest& request, const std::string& name, const std::string& output) {
  std::string text = "#!/bin/sh\n";
  text += option_line("--job-name=" + name);
  text += option_line("--output=" + output);
  if (!request.partition.empty()) text += option_line("--partition=" + request.partition);
  return text;
}

std::string further_options(const SlurmRequest& request) {
  std::string text;
  for (const auto& option : request.options) text += option_line(option);
  return text;
}

std::string array_range(const FanOut& fan_out, const SlurmRequest& request) {
  const std::string limit = request.at_most > 0 ? fmt::format("%{}", request.at_most) : "";
  return fmt::format("--array=0-{}{}", fan_out.jobs() - 1, limit);
}

std::string run_script(const FanOut& fan_out, const SlurmRequest& request) {
  std::string script = head(request, fan_out.name, file_pattern(request.parts(), "%a.log"));
  script += option_line(array_range(fan_out, request));
  script += option_line(fmt::format("--cpus-per-task={}", request.cpus));
  if (!request.time.empty()) script += option_line("--time=" + request.time);
  script += option_line(fmt::format("--signal=B:TERM@{}", kSecondsForReport));
  script += further_options(request) + "\nset --";
  for (const auto& cell : fan_out.cells) script += " \\\n  " + shell_quoted(cell);
  const std::string report =
      shell_quoted((request.parts() / "").string()) + "\"$SLURM_ARRAY_TASK_ID\".json";
  return script + "\n" + numbered_lines(fan_out, "SLURM_ARRAY_TASK_ID", report);
}

std::string merge_script(const FanOut& fan_out, const SlurmRequest& request) {
  return head(request, fan_out.name + "-merge", file_pattern(request.folder, "merge.log")) +
         further_options(request) + "\nexec " +
         merge_line(fan_out, request.parts().string(), request.report().string()) + "\n";
}

}  // namespace

std::vector<SlurmScript> slurm_scripts(const FanOut& fan_out, const SlurmRequest& request) {
  return {{request.run_script(), run_script(fan_out, request)},
          {request.merge_script(), merge_script(fan_out, request)}};
}

}  // namespace roundtrip
