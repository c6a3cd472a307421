#pragma once

#include <string>
#include <vector>

#include "runner/report/terminal.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// How far a run is: what the first line of the live area says.
struct LiveState {
  std::size_t to_run = 0;
  std::size_t finished = 0;
  std::size_t bad = 0;
  /// Seconds of a stress run; 0 when it is none.
  double stress = 0;
  /// Seconds; nothing when that is not known.
  std::optional<double> left{};
  /// Whether the run was asked to end; the tests that it waits for are known then.
  bool is_ending = false;
};

/// The lines of the live area, of which there is so much room: how far the run is, and the tests
/// that have run longest, each with its time.
std::vector<LiveLine> live_lines(const LiveState& state, const Progress& progress,
                                 const TerminalSize& room);

/// "0:07", "1:02:03"
std::string clock_text(double seconds);

}  // namespace roundtrip
