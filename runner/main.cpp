#include <fcntl.h>
#include <fmt/format.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/complain.h"
#include "runner/cli/exit_code.h"
#include "runner/process/worker.h"
#include "runner/text/nearest.h"

namespace {

using namespace roundtrip;

constexpr const char* kHelp =
    "roundtrip runs suites of tests for exported programs under transformations of export.\n"
    "\n"
    "  roundtrip run CONFIG          run the tests that a configuration derives\n"
    "  roundtrip list CONFIG         print their names\n"
    "  roundtrip check CONFIG        say everything that is wrong with a configuration\n"
    "  roundtrip explain CONFIG      print the runs and settings that it comes to\n"
    "  roundtrip xfail audit CONFIG  list expected failures that no longer fail\n"
    "  roundtrip diff CONFIG         say what has changed since the run before\n"
    "  roundtrip history CONFIG      list the runs that are kept, or the outcomes of a test\n"
    "  roundtrip report CONFIG       write an HTML page that tells of a run\n"
    "  roundtrip merge REPORT...     join the reports of shards\n"
    "  roundtrip submit CONFIG       run it as many jobs of Slurm or Kubernetes\n"
    "  roundtrip archive -o FILE     pack runner, plugins and configurations to run elsewhere\n"
    "  roundtrip debug CONFIG NAME   start gdb on one test\n"
    "  roundtrip bisect-chain CONFIG NAME\n"
    "                                say which links of its chain make a test fail\n"
    "  roundtrip new suite NAME      begin a suite, or a transformation, outside of this tree\n"
    "  roundtrip plugins             print what the plugin libraries offer\n"
    "  roundtrip help                print this; 'roundtrip help COMMAND' says more\n"
    "\n"
    "Example:\n"
    "  roundtrip run config/serdes.yaml --filter 'suite(TestExport)' --junit report.xml\n"
    "\n"
    "Exit codes:\n"
    "  0  every test ended as expected\n"
    "  1  a test failed, crashed, timed out or passed unexpectedly\n"
    "  2  interrupted\n"
    "  3  a fault of the runner, of a plugin, or in writing a report\n"
    "  4  a mistake in the command line or the configuration\n"
    "  5  no test is selected\n";

int call_command(const std::vector<std::string>& words);

/// Of one command, or of all.
int help_command(const CommandLine& line) {
  if (!line.arguments.empty()) {
    return call_command({line.program, line.arguments.front(), "--help"});
  }
  std::cout << kHelp;
  return kAllAsExpected;
}

int version_command(const CommandLine&) {
  std::cout << "roundtrip " ROUNDTRIP_VERSION "\n";
  return kAllAsExpected;
}

/// What the runner starts itself as; not for people.
int worker_command(const CommandLine&) {
  return run_worker();
}

struct Command {
  const char* name;
  int (*function)(const CommandLine&);
};

constexpr Command kCommands[] = {{"run", run_command},
                                 {"list", list_command},
                                 {"check", check_command},
                                 {"explain", explain_command},
                                 {"plugins", plugins_command},
                                 {"merge", merge_command},
                                 {"diff", diff_command},
                                 {"history", history_command},
                                 {"xfail", xfail_command},
                                 {"report", report_command},
                                 {"debug", debug_command},
                                 {"new", new_command},
                                 {"bisect-chain", bisect_command},
                                 {"help", help_command},
                                 {"--help", help_command},
                                 {"-h", help_command},
                                 {"archive", archive_command},
                                 {"submit", submit_command},
                                 {"--version", version_command},
                                 {"worker", worker_command}};

int call_command(const std::vector<std::string>& words) {
  if (words.size() < 2) throw UsageError("a command is missing; see 'roundtrip help'");
  for (const auto& command : kCommands) {
    if (words[1] != command.name) continue;
    return command.function({words[0], {words.begin() + 2, words.end()}});
  }
  const std::string nearest = did_you_mean(
      words[1], {"run", "list", "check", "explain", "xfail", "merge", "debug", "new", "plugins",
                 "help", "bisect-chain", "diff", "history", "report", "submit", "archive"});
  throw UsageError("no command '" + words[1] + "'" +
                   (nearest.empty() ? "; see 'roundtrip help'" : nearest));
}

/// A standard stream that is closed must not become the next file that is opened. What is
/// written to one fails, and is told.
void keep_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);  // takes the lowest that is free
  }
}

/// Before there are results; while tests run, the scheduler takes interrupts.
void end_interrupted(int) {
  ::_exit(kInterrupted);
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away must not end a run
  std::signal(SIGCHLD, SIG_DFL);  // who started this may ignore it, and children would be lost
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, end_interrupted);
  try {
    return call_command({argv, argv + argc});
  } catch (const std::exception&) {
    return complain();
  }
}
