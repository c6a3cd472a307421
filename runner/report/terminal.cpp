#include "runner/report/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "runner/text/display_width.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

bool is_capable_terminal(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  return ::isatty(::fileno(stream)) && term && std::string_view(term) != "dumb";
}

bool wants_colors(ColorMode mode, bool is_terminal) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  if (is_set("NO_COLOR")) return false;
  return is_set("FORCE_COLOR") || is_terminal;
}

/// Whether the shell has given the terminal to this process, or there is no shell that would.
bool owns_terminal(std::FILE* stream) {
  const pid_t owner = ::tcgetpgrp(::fileno(stream));
  return owner < 0 || owner == ::getpgrp();
}

}  // namespace

std::string live_text(std::string_view text) {
  std::string line = printable(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

Terminal::Terminal(std::FILE* stream, ColorMode mode, bool is_shared)
    : stream_(stream),
      is_interactive_(is_capable_terminal(stream) && !is_shared),
      has_colors_(wants_colors(mode, is_capable_terminal(stream))) {
}

TerminalSize Terminal::size() const {
  TerminalSize size;
  winsize window{};
  if (::ioctl(::fileno(stream_), TIOCGWINSZ, &window) != 0) return size;
  if (window.ws_col > 0) size.columns = window.ws_col;
  if (window.ws_row > 0) size.rows = window.ws_row;
  return size;
}

std::string Terminal::paint(fmt::text_style style, std::string_view text) const {
  return has_colors_ && !text.empty() ? fmt::format(style, "{}", text) : std::string(text);
}

void Terminal::write(std::string_view text) {
  clear_live();
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);  // a log is read while the run goes on
}

std::string Terminal::to_live_start() const {
  if (live_rows_ == 0) return "";
  return live_rows_ == 1 ? "\r" : fmt::format("\r\x1b[{}A", live_rows_ - 1);
}

TerminalSize Terminal::live_size() const {
  constexpr std::size_t kFree = 3;
  const auto [columns, rows] = size();
  return {columns - std::min(columns, kFree), std::max<std::size_t>(rows - 1, 1)};
}

void Terminal::show_live(const std::vector<LiveLine>& lines) {
  if (!is_interactive_ || !owns_terminal(stream_)) return;
  const auto [columns, rows] = live_size();
  const std::size_t count = std::min(lines.size(), rows);
  std::string text = to_live_start();
  for (std::size_t i = 0; i < count; ++i) {
    text += i > 0 ? "\r\n" : "";
    text += paint(lines[i].style, with_start(lines[i].text, columns)) + "\x1b[K";
  }
  text += "\x1b[J";  // lines that there were before
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
  live_rows_ = count;
}

void Terminal::begin_screen() {
  if (!is_interactive_ || !owns_terminal(stream_)) return;
  write(std::string(size().rows, '\n') + "\x1b[H\x1b[J");
}

void Terminal::clear_live() {
  if (live_rows_ == 0) return;
  const std::string text = to_live_start() + "\x1b[J";
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
  live_rows_ = 0;
}

bool Terminal::flush() {
  clear_live();
  return std::fflush(stream_) == 0 && !std::ferror(stream_);
}

}  // namespace roundtrip
