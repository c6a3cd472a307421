#include "runner/plan/plan.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

using namespace roundtrip;

namespace {

Name name(const std::string& text, int line = 1) {
  return {text, {"c.yaml", line, 3}};
}

TransformConfig transform(const std::string& text, const std::string& prefix,
                          const std::string& suffix, const std::string& xfail) {
  return {name(text), {name("t")}, prefix, suffix, xfail, false};
}

Config serdes_config() {
  Config config;
  config.file = "c.yaml";
  config.transforms = {
      transform("strict", "SerDesExport", "_serdes_strict", "serdes"),
      transform("nonstrict", "SerDesExportNonStrict", "_serdes_nonstrict", "serdes_non_strict")};
  config.runs = {{{name("TestExport", 7)}, {name("strict", 8), name("nonstrict", 9)}, 20}};
  return config;
}

const Catalog kCatalog{{{"/p.so", "p", "1", "", {{"TestExport", ""}}, {{"t", ""}}}}, {}};

std::vector<TestInfo> list_tests(const std::string&, const SuiteOptions&) {
  return {{"test_basic", {}, "a.cpp", 5},
          {"test_strict_only", {"serdes"}, "", 0},
          {"test_both", {"serdes_non_strict", "serdes"}, "", 0},
          {"test_retrace", {"retrace"}, "", 0}};
}

std::vector<PlannedTest> plan(const Config& config) {
  return make_plan(config, kCatalog, list_tests);
}

}  // namespace

TEST_CASE("class and test get the transform's prefix and suffix") {
  const auto tests = plan(serdes_config());
  REQUIRE(tests.size() == 8);
  CHECK(tests[0].full_name() == "SerDesExportTestExport.test_basic_serdes_strict");
  CHECK(tests[4].full_name() == "SerDesExportNonStrictTestExport.test_basic_serdes_nonstrict");
  CHECK(tests[0].suite == "TestExport");
  CHECK(tests[0].test == "test_basic");
  CHECK(tests[0].transform == "strict");
  CHECK(tests[0].chain == std::vector<std::string>{"t"});
  CHECK(tests[0].timeout_seconds == 20);
  CHECK(tests[0].file == "a.cpp");
  CHECK(tests[0].line == 5);
}

TEST_CASE("a test that carries the run's xfail property is expected to fail") {
  const auto tests = plan(serdes_config());
  CHECK(tests[0].xfail == "");
  CHECK(tests[1].xfail == "serdes");
  CHECK(tests[2].xfail == "serdes");
  CHECK(tests[3].xfail == "");
  CHECK(tests[5].xfail == "");
  CHECK(tests[6].xfail == "serdes_non_strict");
}

TEST_CASE("only_if_no_xfail skips the tests that carry another property") {
  Config config = serdes_config();
  config.transforms[0].only_if_no_xfail = true;
  const auto tests = plan(config);
  CHECK(tests[0].skip_reason == "");
  CHECK(tests[1].skip_reason == "");  // carries the run's own property only
  CHECK(tests[2].skip_reason == "Will only be tested if no other tests are failing");
  CHECK(tests[3].skip_reason == "Will only be tested if no other tests are failing");
  CHECK(tests[7].skip_reason == "");  // the other transform does not ask for it
}

TEST_CASE("an unknown name is reported where it stands, with the nearest right one") {
  Config config = serdes_config();
  config.runs[0].suites = {name("TestExprt", 7)};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:7:3: no plugin offers the suite 'TestExprt'; did you mean "
                       "'TestExport'?",
                       ConfigError);
  config = serdes_config();
  config.transforms[1].chain = {name("retrace", 4)};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:4:3: no plugin offers the transformation 'retrace'; offered: 't'",
                       ConfigError);
  config = serdes_config();
  config.suites = {{name("Corpse", 5), nullptr}};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:5:3: no plugin offers the suite 'Corpse'; offered: 'TestExport'",
                       ConfigError);
}

TEST_CASE("two tests of one name are refused") {
  Config config = serdes_config();
  config.transforms[1].prefix = config.transforms[0].prefix;
  config.transforms[1].suffix = config.transforms[0].suffix;
  CHECK_THROWS_WITH_AS(
      plan(config),
      "c.yaml:9:3: two tests would be called SerDesExportTestExport.test_basic_serdes_strict: test "
      "'test_basic' of suite 'TestExport' under transform 'strict', and test 'test_basic' of suite "
      "'TestExport' under transform 'nonstrict'; give the transforms different prefixes or "
      "suffixes, or list each only once",
      ConfigError);
}

TEST_CASE("a suite is asked once, with its options; its refusal is placed") {
  Config config = serdes_config();
  auto options = std::make_shared<SuiteOptions>();
  options->values.emplace("folder", "x");
  config.suites = {{name("TestExport"), options}};
  int calls = 0;
  const auto tests = make_plan(config, kCatalog, [&](const std::string&, const SuiteOptions& got) {
    ++calls;
    CHECK(got.values.at("folder") == "x");
    return std::vector<TestInfo>{{"test_a", {}, "", 0}};
  });
  CHECK(calls == 1);
  CHECK(tests.at(0).options->values.at("folder") == "x");

  const auto refuse = [](const std::string&, const SuiteOptions&) -> std::vector<TestInfo> {
    throw Error("no folder 'x'");
  };
  CHECK_THROWS_WITH_AS(make_plan(config, kCatalog, refuse),
                       "c.yaml:7:3: suite 'TestExport': no folder 'x'", ConfigError);
}
