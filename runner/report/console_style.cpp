#include "runner/report/console_style.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "runner/text/display_width.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

struct ConsoleLook {
  std::string_view label;
  fmt::text_style style;
};

ConsoleLook console_look(Outcome outcome) {
  static const std::array<ConsoleLook, kOutcomes.size()> kLooks = {{{"PASS", kGood},
                                                                    {"FLAKY", kQuiet},
                                                                    {"FAIL", kBad},
                                                                    {"ERROR", kBad},
                                                                    {"SKIP", kQuiet},
                                                                    {"XFAIL", kGood},
                                                                    {"XPASS", kBad},
                                                                    {"CRASH", kBad},
                                                                    {"TIMEOUT", kBad}}};
  return kLooks.at(static_cast<std::size_t>(outcome));
}

std::string cut_line(const std::string& line, std::size_t longest) {
  return line.size() <= longest ? line : printable(line.substr(0, longest)) + "...";
}

std::string painted_label(const Terminal& terminal, std::string_view label, fmt::text_style style) {
  return terminal.paint(style, fmt::format("{:>{}}", label, kLabelWidth));
}

}  // namespace

std::string outcome_label(const Terminal& terminal, Outcome outcome) {
  const ConsoleLook look = console_look(outcome);
  return painted_label(terminal, look.label, look.style);
}

std::string excused_label(const Terminal& terminal, Outcome outcome) {
  return quiet_label(terminal, console_look(outcome).label);
}

std::string quiet_label(const Terminal& terminal, std::string_view label) {
  return painted_label(terminal, label, kQuiet);
}

std::string first_line(const std::string& text, std::size_t columns) {
  return with_start(live_text(text.substr(0, text.find('\n'))), columns);
}

std::string indented(const std::string& text) {
  constexpr std::size_t kHeadLines = 50;
  constexpr std::size_t kTailLines = 50;
  constexpr std::size_t kLongestLine = 1000;
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back("    " + cut_line(text.substr(start, end - start), kLongestLine) + "\n");
    start = end + 1;
  }
  if (lines.size() > kHeadLines + kTailLines) {
    const auto begin = lines.begin() + kHeadLines;
    const auto end = lines.end() - kTailLines;
    const std::string gap = fmt::format("    [... {} lines not shown ...]\n", end - begin);
    *begin = gap;
    lines.erase(begin + 1, end);
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace roundtrip
