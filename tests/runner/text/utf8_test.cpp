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
  CHECK(printable("a\x01\x1B[31m\tb\r\nc\x7F") == "a[31m\tb\nc");
  CHECK(printable(std::string_view("a\0b", 3)) == "ab");
  CHECK(printable("\xEF\xBF\xBE\xEF\xBF\xBFx") == "x");  // U+FFFE and U+FFFF
}
