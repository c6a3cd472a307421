#include "runner/cli/run_reporters.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include "runner/cli/run_arguments.h"
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
  for (const auto& word : arguments.run_options(PathStyle::as_given)) {
    command += " " + shell_quoted(word);
  }
  return command;
}

}  // namespace

void RunReporters::declare(po::options_description& options) {
  FileReporters::declare(options);
  options.add_options()                                                        //
      ("github", "print annotations for GitHub (there, without being asked)")  //
      ("durations", po::value<std::int64_t>()->value_name("N"),
       "list the N slowest tests at the end, 0 for all (unless given: 5 of those that took 0.1 "
       "s)")                                                              //
      ("quiet,q", "print only what makes the run fail, and the summary")  //
      ("verbose,v", "print the output of every test")                     //
      ("color", po::value<std::string>()->default_value("auto")->value_name("WHEN"),
       "auto (on a terminal; NO_COLOR and FORCE_COLOR are honoured), always or never");
}

void RunReporters::check(const Arguments& arguments) {
  color_mode(arguments.get<std::string>("color"));
  if (!arguments.has("durations")) return;
  const auto count = arguments.get<std::int64_t>("durations");
  if (count < 0) throw UsageError(fmt::format("--durations takes 0 or more, not {}", count));
}

/// The console comes last, so that its closing line is the last one even when a report cannot
/// be written.
RunReporters::RunReporters(const CommandLine& line, const Arguments& arguments,
                           const Environment& environment, const PlanPart& part)
    : terminal_(stdout, color_mode(arguments.get<std::string>("color")),
                arguments.has("no-capture") || !is_isolated(arguments)),
      console_(terminal_, repeat_command(line.program, arguments), verbosity(arguments), part),
      reports_(arguments, environment, part) {
  reports_.add_to(files_);
  if (arguments.has("durations")) {
    console_.list_slowest(static_cast<std::size_t>(arguments.get<std::int64_t>("durations")));
  }
  if (arguments.has("github") || is_on_github()) {
    github_.emplace(terminal_);
    console_.write_before_summary(
        [&](const RunResults& results) { return github_->go_on() + github_annotations(results); });
  }
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
