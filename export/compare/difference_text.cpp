#include <roundtrip/difference.h>

#include <c10/util/StringUtil.h>

namespace roundtrip {

namespace {

struct Style {
  const char* sign;
  const char* colour;
};

Style style_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::added:
      return {"+", "\x1b[32m"};
    case Change::Kind::removed:
      return {"-", "\x1b[31m"};
    case Change::Kind::moved:
      return {">", "\x1b[36m"};
    case Change::Kind::changed:
      break;
  }
  return {"~", "\x1b[33m"};
}

class Printer {
 public:
  explicit Printer(bool colour) : colour_(colour) {}

  void print(const DifferentPart& part) {
    text_ += c10::str(text_.empty() ? "" : "\n", in("\x1b[1m", part.name), "\n");
    for (const auto& change : part.changes) print(change, 1);
  }
  std::string take() { return std::move(text_); }

 private:
  void print(const Change& change, std::size_t depth) {
    const std::string indent(2 * depth, ' ');
    const Style style = style_of(change.kind);
    text_ += indent + in(style.colour, c10::str(style.sign, " ", change.what)) + "\n";
    for (const auto& detail : change.details) {
      text_ +=
          c10::str(indent, "    ", detail.what, detail.what.empty() ? "" : ": ", detail.before);
      if (!detail.after.empty()) text_ += " -> " + detail.after;
      text_ += "\n";
    }
    for (const auto& inner : change.inner) print(inner, depth + 2);
  }

  std::string in(const char* colour, const std::string& text) const {
    return colour_ ? c10::str(colour, text, "\x1b[0m") : text;
  }

  bool colour_;
  std::string text_;
};

}  // namespace

std::string Difference::str(bool colour) const {
  Printer printer(colour);
  for (const auto& part : parts) printer.print(part);
  return printer.take();
}

}  // namespace roundtrip
