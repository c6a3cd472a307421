#include "runner/report/live_area.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runner/report/console_style.h"
#include "runner/text/display_width.h"

namespace roundtrip {

namespace {

/// More would not help.
constexpr std::size_t kMostTests = 10;

std::string state_text(const LiveState& state, const Progress& progress) {
  const std::string failed = state.bad == 0 ? "" : fmt::format(", {} failed", state.bad);
  if (state.stress > 0) {
    return fmt::format("[{} runs of {}{}] {} of {}", progress.runs, counted(state.to_run, "test"),
                       failed, clock_text(progress.seconds), clock_text(state.stress));
  }
  std::string text = fmt::format("[{}/{}{}] {}", state.finished, state.to_run, failed,
                                 clock_text(progress.seconds));
  if (state.is_ending) return text + ", ending";
  return state.left ? text + fmt::format(", {} left", clock_text(*state.left)) : text;
}

LiveLine line_of(const TestInProgress& running, std::size_t columns) {
  const std::string time = fmt::format("{:6.1f} s  ", running.seconds);
  const std::size_t room = columns - std::min(columns, time.size());
  return {time + with_start_and_end(live_text(running.test->id()), room), kDim};
}

}  // namespace

std::vector<LiveLine> live_lines(const LiveState& state, const Progress& progress,
                                 const TerminalSize& room) {
  std::vector<LiveLine> lines = {{state_text(state, progress), {}}};
  const std::size_t most = std::min(kMostTests, room.rows - 1);
  if (state.is_ending || most == 0) return lines;
  const std::size_t count = progress.running.size();
  const std::size_t shown = count <= most ? count : most - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    lines.push_back(line_of(progress.running[i], room.columns));
  }
  if (shown < count) lines.push_back({fmt::format("          and {} more", count - shown), kDim});
  return lines;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(std::floor(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace roundtrip
