#pragma once

#include <cstdint>
#include <string>

#include "runner/cli/arguments.h"

namespace roundtrip {

/// Words that name runs: -1 is a number of the history there and no option. Numbers are marked
/// before the command line is read.
CommandLine with_marked_numbers(CommandLine line);

/// Whether a word is such a number, marked.
bool is_run_number(const std::string& word);
std::int64_t run_number(const std::string& word);

/// "run:-1": the last run.
std::string last_run_word();

/// Whether a word names a JSON report.
bool is_report(const std::string& word);

}  // namespace roundtrip
