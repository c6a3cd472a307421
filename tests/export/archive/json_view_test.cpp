#include "export/archive/json_view.h"

#include <doctest/doctest.h>

#include "export/archive/json_text.h"
#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::archive_error;
using test::contains;

namespace {

std::string parse_error(std::string_view text) {
  return archive_error([&] { json::parse("a.json", text); });
}

std::string rewritten(std::string_view text) {
  json::Document document = json::parse("a.json", text);
  std::string out;
  json::append_value(out, json::View(document));
  return out;
}

}  // namespace

TEST_CASE("a syntax error tells record, line, column and byte") {
  std::string error = parse_error("{\"a\": 1,\n \"b\": ]}");
  CHECK(contains(error, "record 'a.json': line 2 column 7 (byte 15): not valid JSON"));
  CHECK(contains(parse_error(""), "line 1 column 1"));
  CHECK(contains(parse_error("[1] x"), "column 5"));
  CHECK(contains(parse_error("[\"\xff\"]"), "not valid JSON"));
  CHECK(contains(parse_error(R"(["\ud800"])"), "not valid JSON"));
  CHECK(contains(parse_error(std::string_view("[1]\0]", 5)), "NUL"));
}

TEST_CASE("depth costs no stack") {
  std::string deep(1'000'000, '[');
  CHECK(contains(parse_error(deep), "not valid JSON"));
  deep += std::string(1'000'000, ']');
  CHECK(parse_error(deep) == "");
  CHECK(contains(archive_error([&] { rewritten(deep); }), "nested deeper than 500 levels"));
}

TEST_CASE("a value of another type is named by its path") {
  json::Document document =
      json::parse("a.json", R"({"list": [1, "x"], "big": 9223372036854775808})");
  json::View root(document);
  json::View list = root.member("list", document.root["list"]);
  json::View item = list.element(1, document.root["list"][1]);
  CHECK(item.to_string() == "x");
  CHECK_THROWS_WITH_AS(item.to_int(),
                       "record 'a.json': list[1]: expected an integer of 64 bits, found a string",
                       ArchiveError);
  CHECK_THROWS_WITH_AS(root.member("big", document.root["big"]).to_int(),
                       "record 'a.json': big: the integer does not fit into 64 bits", ArchiveError);
  CHECK_THROWS_AS(root.array(), ArchiveError);
  CHECK_THROWS_AS(list.object(), ArchiveError);
}

TEST_CASE("any JSON is rewritten in Python's spelling") {
  CHECK(rewritten(R"({"b":[1,-2.50,null,true,false],"a":{"":"\u00e9/"},"n":1e3})") ==
        R"({"b": [1, -2.5, null, true, false], "a": {"": "\u00e9/"}, "n": 1000.0})");
  CHECK(rewritten("18446744073709551615") == "18446744073709551615");
}

TEST_CASE("doubles survive reading and writing bit for bit") {
  std::uint64_t bits = 88172645463325252;
  for (int i = 0; i < 100'000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    auto value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    std::string text;
    json::append_double(text, value);
    json::Document document = json::parse("a.json", text);
    CHECK_MESSAGE(std::bit_cast<std::uint64_t>(json::View(document).to_double()) == bits, text);
  }
}
