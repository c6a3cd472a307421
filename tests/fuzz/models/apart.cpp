#include "apart.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "support/child_process.h"

namespace roundtrip::fuzz {
namespace {

/// One line, whatever the text holds.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '\t');
  return text + "\n";
}

void write_all(int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(file, text.data() + done, text.size() - done);
    if (count <= 0) std::_Exit(3);
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace

std::string run_apart(const std::function<void(const std::function<void(std::string)>& say)>& work,
                      const std::function<void(const std::string& line)>& hear, int seconds) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t process = fork_child({.leads_group = false}, [&] {
    close(ends[0]);
    work([&](std::string line) { write_all(ends[1], one_line(std::move(line))); });
    return 0;
  });
  close(ends[1]);
  std::string pending;
  bool silent = false;
  for (;;) {
    pollfd waiting{ends[0], POLLIN, 0};
    silent = poll(&waiting, 1, seconds * 1000) == 0;
    if (silent) break;
    char buffer[4096];
    const ssize_t count = read(ends[0], buffer, sizeof buffer);
    if (count <= 0) break;
    pending.append(buffer, static_cast<std::size_t>(count));
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      hear(pending.substr(0, end));
      pending.erase(0, end + 1);
    }
  }
  close(ends[0]);
  if (silent) kill(process, SIGKILL);
  const int status = wait_for(process);
  if (silent) return "no answer for " + std::to_string(seconds) + " s";
  return status == 0 ? "" : describe_exit(status);
}

}  // namespace roundtrip::fuzz
