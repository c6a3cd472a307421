#include "export/archive/json_text.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <limits>

using namespace roundtrip;

namespace {

std::string text_of(double value) {
  std::string out;
  json::append_double(out, value);
  return out;
}

std::string text_of(std::string_view value) {
  std::string out;
  json::append_string(out, value);
  return out;
}

}  // namespace

TEST_CASE("doubles are spelled as Python's repr spells them") {
  CHECK(text_of(1.0) == "1.0");
  CHECK(text_of(-0.0) == "-0.0");
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(1e-4) == "0.0001");
  CHECK(text_of(1e-5) == "1e-05");
  CHECK(text_of(1.5e-7) == "1.5e-07");
  CHECK(text_of(123456789012345.0) == "123456789012345.0");
  CHECK(text_of(9007199254740994.0) == "9007199254740994.0");
  CHECK(text_of(1e16) == "1e+16");
  CHECK(text_of(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(text_of(5e-324) == "5e-324");
}

TEST_CASE("what JSON has no number for is a string") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(text_of(kInfinity) == R"("Infinity")");
  CHECK(text_of(-kInfinity) == R"("-Infinity")");
  CHECK(text_of(std::numeric_limits<double>::quiet_NaN()) == R"("NaN")");
}

TEST_CASE("strings are escaped to ASCII") {
  CHECK(text_of("plain ~ text/") == R"("plain ~ text/")");
  CHECK(text_of("\"\\\n\r\t\b\f") == R"("\"\\\n\r\t\b\f")");
  CHECK(text_of(std::string_view("\0\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
  CHECK(text_of("\u00e9\u4e16") == R"("\u00e9\u4e16")");
  CHECK(text_of("\U0001f600") == R"("\ud83d\ude00")");
}

TEST_CASE("text that is not UTF-8 is refused") {
  for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xf5\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xe4\xb8z"})
    CHECK_THROWS_AS(text_of(std::string_view(text)), ArchiveError);
}
