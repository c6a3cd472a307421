#include "runner/text/display_width.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

const std::string kIdeograms = "\u5f62\u72b6";             // two wide characters
const std::string kAccent = "e\u0301";                     // e and a combining accent
const std::string kFamily = "\U0001F468\u200D\U0001F469";  // joined to one picture, or not
const std::string kHeart = "\u2764\uFE0F";                 // a sign, asked for as a picture
const std::string kKorean = "\u1112\u1161\u11ab";          // a syllable of three letters, or not
const std::string kFlag = "\U0001F1EE\U0001F1F8";          // two letters that make a flag

}  // namespace

TEST_CASE("columns are counted, neither bytes nor characters") {
  CHECK(display_width("") == 0);
  CHECK(display_width("test_add") == 8);
  CHECK(display_width("caf\u00e9") == 4);
  CHECK(display_width(kIdeograms) == 4);
  CHECK(display_width(kAccent) == 1);
  CHECK(display_width(kHeart) == 2);
  CHECK(display_width("\U0001F600") == 2);
  CHECK(display_width(kFamily) == 4);
  CHECK(display_width(kKorean) == 4);
  CHECK(display_width(kFlag) == 2);
  CHECK(display_width("\u0301") == 0);
  CHECK(display_width("\xFF") == 1);
}

TEST_CASE("what is too long keeps its start") {
  CHECK(with_start("test_add", 8) == "test_add");
  CHECK(with_start("test_add", 7) == "test...");
  CHECK(with_start("test_add", 2) == "te");
  CHECK(with_start("test_add", 0) == "");
  CHECK(with_start(kIdeograms + "abc", 6) == "\u5f62...");
  CHECK(with_start(kAccent + kAccent + "abc", 4) == kAccent + "...");
}

TEST_CASE("or its start and more of its end") {
  CHECK(with_start_and_end("SuiteOfMine.test_add", 20) == "SuiteOfMine.test_add");
  CHECK(with_start_and_end("SuiteOfMine.test_add", 15) == "Suit...test_add");
  CHECK(with_start_and_end("SuiteOfMine.test_add", 3) == "Sui");
  CHECK(with_start_and_end("abc" + kIdeograms, 6) == "a...\u72b6");
  for (std::size_t columns = 0; columns < 12; ++columns) {
    CHECK(display_width(with_start_and_end(kFamily + kIdeograms + kHeart + "xyz", columns)) <=
          columns);
  }
}
