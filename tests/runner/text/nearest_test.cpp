#include "runner/text/nearest.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("the nearest known name is suggested") {
  const std::vector<std::string> known = {"prefix", "suffix", "chain"};
  CHECK(did_you_mean("sufix", known) == "; did you mean 'suffix'?");
  CHECK(did_you_mean("Chain", known) == "; did you mean 'chain'?");
}

TEST_CASE("nothing is suggested for a name unlike all others") {
  CHECK(did_you_mean("timeout", {"prefix", "suffix"}) == "");
  CHECK(did_you_mean("x", {}) == "");
  CHECK(did_you_mean("x", {"y", "xy z"}) == "");
  CHECK(did_you_mean(std::string(1'000'000, 'x'), {"x"}) == "");
}
