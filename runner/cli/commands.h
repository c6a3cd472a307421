#pragma once

#include "runner/cli/arguments.h"

/// The commands of the executable, each in a file of its name. They return the exit
/// code and may throw UsageError or Error.
namespace roundtrip {

int archive_command(const CommandLine& line);
int run_command(const CommandLine& line);
int list_command(const CommandLine& line);
int plugins_command(const CommandLine& line);
int check_command(const CommandLine& line);
int explain_command(const CommandLine& line);
int diff_command(const CommandLine& line);
int history_command(const CommandLine& line);
int merge_command(const CommandLine& line);
int report_command(const CommandLine& line);
int submit_command(const CommandLine& line);
int xfail_command(const CommandLine& line);
int debug_command(const CommandLine& line);
int bisect_command(const CommandLine& line);
int new_command(const CommandLine& line);

}  // namespace roundtrip
