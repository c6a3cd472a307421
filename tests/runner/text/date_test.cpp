#include "runner/text/date.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("days are in order as texts are") {
  CHECK(is_date("2027-01-31"));
  CHECK(is_date(today()));
  CHECK(today() > "2026-01-01");
  for (const char* text : {"", "2027-1-31", "2027-13-01", "2027-00-01", "2027-01-32", "31.1.2027",
                           "2027-01-31 ", "never"}) {
    CAPTURE(text);
    CHECK_FALSE(is_date(text));
  }
}
