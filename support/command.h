#pragma once

#include <string>

namespace roundtrip {

/// What a line of the shell wrote to its standard output, and its wait status. Its errors go where
/// this process's do.
struct CommandResult {
  std::string output;
  int status = 0;

  /// 0 to 255, or that of a shell for a signal: 128 and its number.
  int exit_code() const;
};

/// Runs a line of /bin/sh, to its end. Throws std::system_error when no process can be started.
CommandResult run_command(const std::string& line);

/// The same, with `input` as its standard input; its output goes where this process's does.
CommandResult feed_command(const std::string& line, const std::string& input);

/// Whether the shell finds a program of this name.
bool has_program(const std::string& name);

}  // namespace roundtrip
