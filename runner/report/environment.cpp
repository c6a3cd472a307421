#include "runner/report/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "runner/text/shell.h"
#include "support/command.h"

namespace roundtrip {

namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "";
}

void add_system(Environment& environment) {
  utsname names{};
  if (::uname(&names) != 0) return;
  environment.system = fmt::format("{} {} {}", names.sysname, names.release, names.machine);
  environment.host = names.nodename;
}

/// Empty where git is missing, or the folder is in no checkout.
std::string git_commit(const std::filesystem::path& folder) {
  const std::string command =
      "git -C " + shell_quoted(folder.string()) +
      " describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null </dev/null";
  const std::string text = run_command(command).output;
  return text.substr(0, text.find('\n'));
}

}  // namespace

Environment look_around(const std::filesystem::path& config) {
  Environment environment;
  environment.roundtrip = ROUNDTRIP_VERSION;
  environment.libtorch = ROUNDTRIP_LIBTORCH_VERSION;
  environment.compiler = fmt::format("GCC {}", __VERSION__);
  add_system(environment);
  environment.cpu = cpu_model();
  environment.cores = std::thread::hardware_concurrency();
  environment.commit = git_commit(std::filesystem::absolute(config).parent_path());
  return environment;
}

}  // namespace roundtrip
