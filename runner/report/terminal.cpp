#include "runner/report/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

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

/// The longest start of `text` with at most `width` characters.
std::string_view cut(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts_character && width-- == 0) break;
  }
  return text.substr(0, end);
}

}  // namespace

Terminal::Terminal(std::FILE* stream, ColorMode mode)
    : stream_(stream),
      is_interactive_(is_capable_terminal(stream)),
      has_colors_(wants_colors(mode, is_interactive_)) {
}

std::size_t Terminal::width() const {
  winsize size{};
  const bool known = ::ioctl(::fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string Terminal::paint(fmt::text_style style, std::string_view text) const {
  return has_colors_ && !text.empty() ? fmt::format(style, "{}", text) : std::string(text);
}

void Terminal::write(std::string_view text) {
  clear_live();
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);  // a log is read while the run goes on
}

void Terminal::show_live(std::string_view text) {
  if (!is_interactive_) return;
  clear_live();
  const std::string_view shown = cut(text, width() - 1);
  std::fwrite(shown.data(), 1, shown.size(), stream_);
  std::fflush(stream_);
  has_live_ = true;
}

void Terminal::clear_live() {
  if (has_live_) std::fputs("\r\x1b[K", stream_);
  has_live_ = false;
}

bool Terminal::flush() {
  clear_live();
  return std::fflush(stream_) == 0 && !std::ferror(stream_);
}

}  // namespace roundtrip
