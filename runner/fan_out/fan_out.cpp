#include "runner/fan_out/fan_out.h"

#include <fmt/format.h>

#include "runner/text/shell.h"

namespace roundtrip {

namespace {

/// `cell` and `report` are words of the shell.
std::string run_line(const FanOut& fan_out, const std::string& cell, const std::string& shard,
                     const std::string& report) {
  std::string line =
      fmt::format("{} run {}", shell_quoted(fan_out.runner), shell_quoted(fan_out.config));
  for (const auto& option : fan_out.options) line += " " + shell_quoted(option);
  const bool has_name = !fan_out.cells.front().empty();
  if (has_name) line += " " + cell;
  return fmt::format("{} --shard {} --json {}", line, shard, report);
}

std::string shard_of(const FanOut& fan_out, std::size_t job) {
  return fmt::format("{}/{}", job % fan_out.shards + 1, fan_out.shards);
}

const std::string& cell_of(const FanOut& fan_out, std::size_t job) {
  return fan_out.cells[job / fan_out.shards];
}

}  // namespace

std::string job_title(const FanOut& fan_out, std::size_t job) {
  const std::string& cell = cell_of(fan_out, job);
  const std::string title = cell.empty() ? fan_out.name : cell;
  return fan_out.shards > 1 ? title + " " + shard_of(fan_out, job) : title;
}

std::string job_line(const FanOut& fan_out, std::size_t job, const std::string& report) {
  return run_line(fan_out, shell_quoted("--cell=" + cell_of(fan_out, job)),
                  fan_out.shards > 1 ? shard_of(fan_out, job) : "none", shell_quoted(report));
}

std::string numbered_lines(const FanOut& fan_out, const std::string& variable,
                           const std::string& report) {
  const std::string cell = "--cell=\"$1\"";
  if (fan_out.shards == 1) {
    return fmt::format("shift \"${}\"\nexec {}\n", variable,
                       run_line(fan_out, cell, "none", report));
  }
  const std::string shard = fmt::format("\"$(({0} % {1} + 1))/{1}\"", variable, fan_out.shards);
  return fmt::format("shift \"$(({} / {}))\"\nexec {}\n", variable, fan_out.shards,
                     run_line(fan_out, cell, shard, report));
}

std::string merge_line(const FanOut& fan_out, const std::string& folder,
                       const std::string& report) {
  return fmt::format("{} merge {} --partial --json {} --junit {}", shell_quoted(fan_out.runner),
                     shell_quoted(folder), shell_quoted(report + ".json"),
                     shell_quoted(report + ".xml"));
}

}  // namespace roundtrip
