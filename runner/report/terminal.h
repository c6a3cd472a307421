#pragma once

#include <fmt/color.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

enum class ColorMode { automatic, always, never };

/// How much a terminal shows at once.
struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// A line of the live area: plain text, and how it looks.
struct LiveLine {
  std::string text;
  fmt::text_style style{};
};

/// Text of a test as a live line may have it: no control character, on one line.
std::string live_text(std::string_view text);

/// A text stream that may be a terminal: knows whether to colour, and keeps a few
/// live lines at the bottom that later output replaces. Borrows the stream.
class Terminal {
 public:
  /// `is_shared` says that others write to the stream, too: it then has no live lines.
  Terminal(std::FILE* stream, ColorMode mode, bool is_shared = false);

  /// Whether live lines are of use.
  bool is_interactive() const { return is_interactive_; }

  /// As it is now; of an interactive terminal.
  TerminalSize size() const;

  /// What of it live lines may take. A full line would be followed by an empty one on some
  /// terminals, and become two when the window gets a little narrower, or when a key such as ^C is
  /// echoed behind it; lines of which there are more than fit could not be taken away again.
  TerminalSize live_size() const;

  /// `text` in `style`, or as it is where there are no colours.
  std::string paint(fmt::text_style style, std::string_view text) const;

  void write(std::string_view text);

  /// Shows the lines until the next write, as much of them as there is room for; does nothing
  /// where there is no terminal, or while it belongs to another job.
  void show_live(const std::vector<LiveLine>& lines);

  /// On a terminal what comes next stands at its top; what stands there goes where one can
  /// scroll to.
  void begin_screen();

  /// Takes the live lines away.
  void clear_live();

  /// False when something could not be written.
  bool flush();

 private:
  /// What moves to the start of the live lines, over which others are written.
  std::string to_live_start() const;

  std::FILE* stream_;
  bool is_interactive_;
  bool has_colors_;
  std::size_t live_rows_ = 0;
};

}  // namespace roundtrip
