#include "runner/text/utf8.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("bytes that are not UTF-8 are replaced one by one, their neighbours kept") {
  CHECK(valid_utf8("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(valid_utf8("a\xFF"
                   "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(valid_utf8("\xC3(") == "\xEF\xBF\xBD(");
  CHECK(valid_utf8("end\xE2\x82") == "end\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(valid_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  CHECK(valid_utf8("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
}

TEST_CASE("control characters are valid, but not printable") {
  CHECK(valid_utf8("a\x01\x1B") == "a\x01\x1B");
  CHECK(printable("a\x01\tb\r\nc\x7F") == "a\tb\nc");
  CHECK(printable(std::string_view("a\0b", 3)) == "ab");
  CHECK(printable("\xEF\xBF\xBE\xEF\xBF\xBFx") == "x");  // U+FFFE and U+FFFF
}

TEST_CASE("escape sequences are left out whole") {
  CHECK(printable("\x1B[1;31mred\x1B[0m \x1B[38:2::1:2:3mx\x1B[K") == "red x");
  CHECK(printable("\x1B]8;;https://a/\x1B\\link\x1B]8;;\x07") == "link");
  CHECK(printable("\x1B]0;title \xC3\x9C\x07text") == "text");  // a letter with ST's byte in it
  CHECK(printable("\x1BPq#0;2\x1B\\a\x1B_x\x1B\\b\x1B^y\x1B\\c\x1BXz\x1B\\d") == "abcd");
  CHECK(printable("a\x1B(Bb\x1B"
                  "7c\x1B=d\x1B#8e\x1B") == "abcde");
}

TEST_CASE("so are those whose introducer is one character, of UTF-8 or a single byte") {
  CHECK(printable("\xC2\x9B"
                  "31mred\xC2\x9B"
                  "0m") == "red");
  CHECK(printable("\x9B"
                  "31mred\x9B"
                  "0m") == "red");
  CHECK(printable("\xC2\x9D"
                  "0;title\xC2\x9Ctext") == "text");
  CHECK(printable("\x9D"
                  "0;title\x9Ctext") == "text");
  CHECK(printable("a\xC2\x85"
                  "b\xC2\x9F") == "ab");
  CHECK(printable("a\x93"
                  "b") ==
        "a\xEF\xBF\xBD"
        "b");  // no introducer, and no UTF-8
}

TEST_CASE("of a sequence that is cut off the text is kept") {
  CHECK(printable("\x1B]0;no end\nnext") == "0;no end\nnext");
  CHECK(printable("\x1B]0;no end") == "0;no end");
  CHECK(printable("\x1B[31\nnext") == "\nnext");
  CHECK(printable("\x1B[") == "");
  CHECK(printable("\xC2\x9D"
                  "0;a\x1B[1mb") == "0;ab");
}

TEST_CASE("of a line that was written over the last text is left") {
  CHECK(printable(" 10%\r 50%\r100%\r\nnext\n") == "100%\nnext\n");
  CHECK(printable("a\r\r\nb\r") == "a\nb");
  CHECK(printable("50%\r\x1B[K100%") == "100%");
}

TEST_CASE("escape sequences of single bytes are known as such in UTF-8, too") {
  CHECK(valid_utf8("\x9B"
                   "31mred") ==
        "\xC2\x9B"
        "31mred");
  CHECK(valid_utf8("\x9D"
                   "0;\xC3\x9C\x9Ctext") ==
        "\xC2\x9D"
        "0;\xC3\x9C\xC2\x9Ctext");
  CHECK(valid_utf8("\x1B]0;a\x9Ctext") == "\x1B]0;a\xC2\x9Ctext");
  CHECK(valid_utf8("\xC2\x9D"
                   "0;a\xC2\x9Ctext") ==
        "\xC2\x9D"
        "0;a\xC2\x9Ctext");
  CHECK(valid_utf8("\x9D"
                   "0;no end") ==
        "\xC2\x9D"
        "0;no end");
  CHECK(valid_utf8("\x9Ctext") == "\xEF\xBF\xBDtext");
  CHECK(printable(valid_utf8("\x9D"
                             "0;a\x9Ctext \x9B"
                             "1mbold")) == "text bold");
}
