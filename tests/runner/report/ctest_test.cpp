#include "runner/report/ctest.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

std::string script(const std::string& name) {
  PlannedTest test;
  test.class_name = "S";
  test.name = name;
  return ctest_script({test}, false, {{"/bin/roundtrip", "run", "a;b.yaml"}, "p "});
}

}  // namespace

TEST_CASE("a test of CTest starts the runner on one test, and is skipped where that is") {
  CHECK(script("a") ==
        "add_test([[p S.a]] [[/bin/roundtrip]] [[run]] [[a;b.yaml]] [[--filter]] "
        "[[derived(S.a)]])\n"
        "set_tests_properties([[p S.a]] PROPERTIES SKIP_REGULAR_EXPRESSION "
        "[[\n\n0 passed, 0 failed, (1 skipped|0 skipped, 1 in quarantine)\n]] "
        "ENVIRONMENT_MODIFICATION "
        "[[ROUNDTRIP_NO_CAPTURE=unset:;ROUNDTRIP_ISOLATION=unset:]])\n");
}

TEST_CASE("names stand in brackets that do not end in them") {
  CHECK(script("x]]").find("[=[p S.x]]]=]") != std::string::npos);
  CHECK(script("]==]").find("[[p S.]==]]]") == std::string::npos);
  CHECK(script("a]").find("[=[p S.a]]=]") != std::string::npos);
}
