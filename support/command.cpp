#include "support/command.h"

#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace roundtrip {

namespace {

std::FILE* open_command(const std::string& line, const char* mode) {
  std::fflush(nullptr);  // what this process has written comes before what the command does
  std::FILE* pipe = ::popen(line.c_str(), mode);
  if (pipe == nullptr) throw std::system_error(errno, std::generic_category(), "popen");
  return pipe;
}

}  // namespace

int CommandResult::exit_code() const {
  constexpr int kSignal = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignal + WTERMSIG(status);
}

CommandResult run_command(const std::string& line) {
  std::FILE* pipe = open_command(line, "re");
  CommandResult result;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.output.append(buffer.data(), count);
  }
  result.status = ::pclose(pipe);
  return result;
}

CommandResult feed_command(const std::string& line, const std::string& input) {
  std::FILE* pipe = open_command(line, "we");
  std::fwrite(input.data(), 1, input.size(),
              pipe);  // one that does not read it says so by its status
  return {"", ::pclose(pipe)};
}

bool has_program(const std::string& name) {
  return run_command("command -v " + name).status == 0;
}

}  // namespace roundtrip
