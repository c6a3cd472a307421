#include "runner/cli/run_reporters.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <cstdlib>

#include "runner/text/shell.h"

namespace roundtrip {

namespace {

namespace po = boost::program_options;

ColorMode color_mode(const std::string& text) {
  if (text == "auto") return ColorMode::automatic;
  if (text == "always") return ColorMode::always;
  if (text == "never") return ColorMode::never;
  throw UsageError("--color takes auto, always or never, not '" + text + "'");
}

Verbosity verbosity(const Arguments& arguments) {
  if (arguments.has("quiet")) return Verbosity::quiet;
  return arguments.has("verbose") ? Verbosity::verbose : Verbosity::normal;
}

/// What repeats the run: all of the command line that changes how a test runs.
std::string repeat_command(const std::string& program, const Arguments& arguments) {
  std::string command =
      shell_quoted(program) + " run " + shell_quoted(arguments.required_config().string());
  const auto add = [&](const char* option, const std::string& value) {
    command += std::string(" --") + option + " " + shell_quoted(value);
  };
  for (const auto& path : arguments.plugin_dirs()) add("plugin-dir", path.string());
  if (const auto profile = arguments.text("profile")) add("profile", *profile);
  for (const auto& text : arguments.texts("set")) add("set", text);
  return command;
}

bool is_on_github() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && std::string_view(value) == "true";
}

/// Bazel names the file in which it expects the report.
std::optional<std::string> junit_path(const Arguments& arguments) {
  if (auto path = arguments.text("junit")) return path;
  const char* bazel = std::getenv("XML_OUTPUT_FILE");
  return bazel != nullptr && *bazel != '\0' ? std::optional<std::string>(bazel) : std::nullopt;
}

}  // namespace

void RunReporters::declare(po::options_description& options) {
  options.add_options()                                                                   //
      ("junit", po::value<std::string>()->value_name("FILE"), "write JUnit XML to FILE")  //
      ("json", po::value<std::string>()->value_name("FILE"),
       "write a JSON record of every test to FILE")                                  //
      ("tap", po::value<std::string>()->value_name("FILE"), "write TAP 14 to FILE")  //
      ("github", "print annotations for GitHub (there, without being asked)")        //
      ("quiet,q", "print only what makes the run fail, and the summary")             //
      ("verbose,v", "print the output of every test")                                //
      ("color", po::value<std::string>()->default_value("auto")->value_name("WHEN"),
       "auto (on a terminal; NO_COLOR and FORCE_COLOR are honoured), always or never");
}

void RunReporters::check(const Arguments& arguments) {
  color_mode(arguments.get<std::string>("color"));
}

/// The console comes last, so that its closing line is the last one even when a report cannot
/// be written.
RunReporters::RunReporters(const CommandLine& line, const Arguments& arguments,
                           const Environment& environment, const PlanPart& part)
    : terminal_(stdout, color_mode(arguments.get<std::string>("color"))),
      console_(terminal_, repeat_command(line.program, arguments), verbosity(arguments), part) {
  if (const auto path = junit_path(arguments)) files_.add(junit_.emplace(*path, part));
  if (const auto path = arguments.text("json")) {
    files_.add(json_.emplace(*path, environment, part));
  }
  if (const auto path = arguments.text("tap")) files_.add(tap_.emplace(*path, part));
  if (arguments.has("github") || is_on_github()) files_.add(github_.emplace(terminal_));
  if (!environment.shuffle_seed.empty() && !arguments.has("quiet")) {
    terminal_.write(
        fmt::format("Shuffled: --shuffle={} repeats this order\n", environment.shuffle_seed));
  }
  all_.add(files_);
  all_.add(console_);
}

void RunReporters::flush() {
  if (!terminal_.flush()) throw Error("the standard output could not be written");
}

}  // namespace roundtrip
