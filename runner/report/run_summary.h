#pragma once

#include <optional>
#include <string>

#include "runner/plan/shard.h"
#include "runner/report/terminal.h"
#include "runner/results/results.h"

/// What the console says at the end of a run, below its failures.

namespace roundtrip {

/// Says which part of the tests was run, if it was not all of them.
void write_shard(Terminal& terminal, const PlanPart& part, std::size_t tests);

/// The tests that failed in quarantine: they do not make the run fail, but need fixing all the
/// same.
void write_excused(Terminal& terminal, const RunResults& results);

/// The tests that passed only when tried again, and why they failed before.
void write_flaky(Terminal& terminal, const RunResults& results);

/// Why tests were skipped: each reason with how many.
void write_skipped(Terminal& terminal, const RunResults& results);

/// The tests that left processes running, and which.
void write_left_running(Terminal& terminal, const RunResults& results);

/// The longest tests: `asked` of them, 0 for all; by default the few that are worth a look.
void write_slowest(Terminal& terminal, const RunResults& results,
                   const std::optional<std::size_t>& asked);

/// What ended the run early, or is missing from it. `resume_command` goes on with it; empty when
/// nothing can.
void write_incomplete(Terminal& terminal, const RunResults& results,
                      const std::string& resume_command);

/// "Ran 3 of 3 tests in 2.50 s"
std::string ran_line(const RunResults& results);

/// How many passed and failed, and in which ways; the last line of all is "N passed, N failed,
/// N skipped".
void write_counts(Terminal& terminal, const RunResults& results);

}  // namespace roundtrip
