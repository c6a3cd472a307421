#include "support/plain_text.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("a terminal gets no control characters") {
  CHECK(terminal_text("tab\t, line\n, caf\u00e9, \u4e2d") == "tab\t, line\n, caf\u00e9, \u4e2d");
  CHECK(terminal_text("\x1b]0;title\x07\r\x7f") == "\\x1b]0;title\\x07\\x0d\\x7f");
  CHECK(terminal_text("\u009b2J") == "\\x9b2J");
  CHECK(terminal_text("bad \x9b, cut \xe4\xb8") == "bad \\x9b, cut \\xe4\\xb8");
}

TEST_CASE("names with control characters are recognised") {
  CHECK(!has_controls("caf\u00e9 \u4e2d \xff"));
  for (const char* name : {"a\nb", "a\tb", "\x1b[2J", "\u0085", "\x7f"}) CHECK(has_controls(name));
}
