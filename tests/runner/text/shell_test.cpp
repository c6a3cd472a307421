#include "runner/text/shell.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("a word is quoted only where a shell would change it") {
  CHECK(shell_quoted("config/serdes.yaml") == "config/serdes.yaml");
  CHECK(shell_quoted("timeout=5") == "timeout=5");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("*") == "'*'");
  CHECK(shell_quoted("it's $HOME") == "'it'\\''s $HOME'");
}
