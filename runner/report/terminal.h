#pragma once

#include <fmt/color.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace roundtrip {

enum class ColorMode { automatic, always, never };

/// A text stream that may be a terminal: knows whether to colour, and keeps one
/// live line at the bottom that later output replaces. Borrows the stream.
class Terminal {
 public:
  Terminal(std::FILE* stream, ColorMode mode);

  /// Whether live lines are of use.
  bool is_interactive() const { return is_interactive_; }

  /// Columns of a line now; of an interactive terminal.
  std::size_t width() const;

  /// `text` in `style`, or as it is where there are no colours.
  std::string paint(fmt::text_style style, std::string_view text) const;

  void write(std::string_view text);

  /// Shows `text`, cut to the terminal's width, until the next write; does nothing
  /// where there is no terminal. `text` is plain.
  void show_live(std::string_view text);

  /// False when something could not be written.
  bool flush();

 private:
  void clear_live();

  std::FILE* stream_;
  bool is_interactive_;
  bool has_colors_;
  bool has_live_ = false;
};

}  // namespace roundtrip
