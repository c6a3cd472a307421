#include "export/program/python/text.h"

#include <doctest/doctest.h>

#include <limits>

using namespace roundtrip;

TEST_CASE("floats are spelled as Python's repr") {
  CHECK(python_repr(0.0) == "0.0");
  CHECK(python_repr(-0.0) == "-0.0");
  CHECK(python_repr(0.1) == "0.1");
  CHECK(python_repr(100.0) == "100.0");
  CHECK(python_repr(1e-4) == "0.0001");
  CHECK(python_repr(1e-5) == "1e-05");
  CHECK(python_repr(1e15) == "1000000000000000.0");
  CHECK(python_repr(1e16) == "1e+16");
  CHECK(python_repr(9007199254740993.0) == "9007199254740992.0");
  CHECK(python_repr(3.4028234663852886e+38) == "3.4028234663852886e+38");
  CHECK(python_repr(5e-324) == "5e-324");
  CHECK(python_repr(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(python_repr(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("complex numbers are spelled as Python's repr") {
  CHECK(python_repr(std::complex<double>(0, 2)) == "2j");
  CHECK(python_repr(std::complex<double>(1, -2.5)) == "(1-2.5j)");
  CHECK(python_repr(std::complex<double>(-0.0, 1)) == "(-0+1j)");
}

TEST_CASE("strings are spelled as Python's repr and json.dumps") {
  CHECK(python_repr(std::string_view("it's")) == "\"it's\"");
  CHECK(python_repr(std::string_view("'\"")) == "'\\'\"'");
  CHECK(python_repr(std::string_view("a\n\x7f"
                                     "ü\\")) == "'a\\n\\x7fü\\\\'");
  CHECK(json_quote("ü\"😀\x01") == "\"\\u00fc\\\"\\ud83d\\ude00\\u0001\"");
  CHECK(json_quote("\xc3(") == "\"\\u00c3(\"");  // not UTF-8
}
