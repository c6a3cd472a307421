#pragma once

#include <fmt/color.h>

#include <string>
#include <string_view>

#include "runner/report/terminal.h"
#include "runner/results/results.h"

/// How the console shows outcomes and texts of tests.

namespace roundtrip {

inline constexpr auto kGood = fmt::fg(fmt::terminal_color::green);
inline constexpr auto kBad = fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
inline constexpr auto kQuiet = fmt::fg(fmt::terminal_color::yellow);
inline constexpr auto kDim = fmt::emphasis::faint;
inline constexpr auto kStrong = fmt::emphasis::bold;

/// Columns of a label.
inline constexpr std::size_t kLabelWidth = 7;

/// "   FAIL", in the outcome's colour.
std::string outcome_label(const Terminal& terminal, Outcome outcome);

/// The same in the colour of what does not make the run fail.
std::string excused_label(const Terminal& terminal, Outcome outcome);
std::string quiet_label(const Terminal& terminal, std::string_view label);

/// The first line of a text of a test, cut to so many columns.
std::string first_line(const std::string& text, std::size_t columns);

/// `text` as indented lines, the middle left out when there are very many; the
/// reports in files have all of it.
std::string indented(const std::string& text);

/// "1 test", "2 tests".
std::string counted(std::size_t count, std::string_view thing);

}  // namespace roundtrip
