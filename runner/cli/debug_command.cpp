#include <fmt/format.h>
#include <roundtrip/error.h>

#include <cerrno>
#include <cstring>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

constexpr const char* kDebugHelp =
    "roundtrip debug CONFIG NAME [options]\n"
    "\n"
    "Starts gdb on the one test of this name, in a process of its own without the runner's\n"
    "supervision ('run --isolation none'). NAME may be a filter that selects one test.\n"
    "\n"
    "Example:\n"
    "  roundtrip debug config/serdes.yaml TestExport.test_basic --cell nightly\n";

/// `gdb --args roundtrip run CONFIG --filter NAME --isolation none` and the options given.
std::vector<std::string> gdb_command(const CommandLine& line, const std::string& name) {
  std::vector<std::string> words = {"gdb", "--args", "/proc/self/exe", "run"};
  words[2] = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const auto& word : line.arguments) {
    if (word != name) words.push_back(word);
  }
  words.insert(words.end(), {"--filter", name, "--isolation", "none"});
  return words;
}

[[noreturn]] void become_gdb(const std::vector<std::string>& words) {
  execute(words[0], words);
  throw Error(fmt::format("gdb cannot be started: {}; install it", std::strerror(errno)));
}

}  // namespace

int debug_command(const CommandLine& line) {
  Arguments arguments("debug", kDebugHelp);
  arguments.add_config();
  arguments.add_name();
  arguments.add_selection();
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  if (!open_session_of_one_test(arguments)) return kNothingSelected;
  become_gdb(gdb_command(line, *arguments.text("NAME")));
}

}  // namespace roundtrip
