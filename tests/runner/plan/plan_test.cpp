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
  return {name(text), {{name("t"), {}}}, prefix, suffix, xfail, false};
}

RunConfig run(std::vector<Name> suites, std::vector<Name> transforms) {
  RunConfig config;
  config.suites = std::move(suites);
  config.transforms = std::move(transforms);
  return config;
}

Settings setting(const std::string& key, const std::string& value) {
  Settings settings;
  settings.set(*find_setting(key), parse_setting(*find_setting(key), value));
  return settings;
}

Config serdes_config() {
  Config config;
  config.file = "c.yaml";
  config.transforms = {
      transform("strict", "SerDesExport", "_serdes_strict", "serdes"),
      transform("nonstrict", "SerDesExportNonStrict", "_serdes_nonstrict", "serdes_non_strict")};
  config.runs = {run({name("TestExport", 7)}, {name("strict", 8), name("nonstrict", 9)})};
  config.runs[0].settings = setting("timeout", "20");
  return config;
}

const OptionInfo kFolder{"folder", OptionInfo::Type::path, "here", ""};

OptionInfo required(OptionInfo option) {
  option.is_required = true;
  return option;
}

/// What YAML gives to an option, in the file c.yaml of the folder /yaml.
OptionSetting set(const std::string& option, const std::string& value, int line = 1) {
  return {name(option, line), value, false, "/yaml"};
}

/// Plugins that offer one suite of four tests, a kind and a transformation with options.
class Source : public PlanSource {
 public:
  const Catalog& catalog(const RunConfig&) override { return catalog_; }
  std::vector<TestInfo> list_tests(const RunConfig&, const SuiteCall& suite) override {
    ++calls;
    if (suite.options.at("folder") == "/refused") throw Error("no folder 'x'");
    if (suite.kind == "k") {
      return {{.name = "test_a", .class_name = "One"}, {.name = "test_a", .class_name = "Two"}};
    }
    return {{.name = "test_basic", .tags = {"quick"}, .file = "a.cpp", .line = 5},
            {.name = "test_strict_only", .xfail = {{"serdes", "why"}}},
            {.name = "test_both", .xfail = {{"serdes_non_strict"}, {"serdes"}}, .threads = 4},
            {.name = "test_retrace", .xfail = {{"retrace"}}}};
  }
  std::string other_plugins() const override { return "plugins are loaded from there"; }
  int calls = 0;

 private:
  Catalog catalog_{
      {{"/p.so",
        "p",
        "1",
        "",
        {{"TestExport", "", {kFolder}}},
        {{"k", "", {kFolder, required({"word", OptionInfo::Type::text, "", "what to say"})}}},
        {{"t",
          "",
          {{"times", OptionInfo::Type::integer, "2", ""},
           {"loud", OptionInfo::Type::flag, "false", ""}}}}}},
      {}};
};

std::vector<PlannedTest> plan(const Config& config, const PlanRequest& request = {}) {
  Source source;
  Problems problems;
  auto tests = make_plan(config, request, source, problems);
  problems.raise();
  return tests;
}

std::string property(const PlannedTest& test) {
  return test.xfail ? test.xfail->property : "";
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
  REQUIRE(tests[0].chain.size() == 1);
  CHECK(tests[0].chain[0].name == "t");
  CHECK(tests[0].settings.timeout == 20);
  CHECK(tests[0].file == "a.cpp");
  CHECK(tests[0].line == 5);
}

TEST_CASE("a test that carries the run's xfail property is expected to fail") {
  const auto tests = plan(serdes_config());
  CHECK(property(tests[0]) == "");
  CHECK(property(tests[1]) == "serdes");
  CHECK(property(tests[2]) == "serdes");
  CHECK(property(tests[3]) == "");
  CHECK(property(tests[5]) == "");
  CHECK(property(tests[6]) == "serdes_non_strict");
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
  config.transforms[1].chain = {{name("retrace", 4), {}}};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:4:3: no plugin offers the transformation 'retrace'; offered: "
                       "'t'\nplugins are loaded from there",
                       ConfigError);
  config = serdes_config();
  config.suites = {{name("Corpse", 5), {}, {}}};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:5:3: no plugin offers the suite 'Corpse'; offered: "
                       "'TestExport'\nplugins are loaded from there",
                       ConfigError);
}

TEST_CASE("a test whose name has control characters is refused") {
  struct : Source {
    std::vector<TestInfo> list_tests(const RunConfig&, const SuiteCall&) override {
      return {{.name = "test_\x1b[2J"}};
    }
  } source;
  Problems problems;
  make_plan(serdes_config(), {}, source, problems);
  CHECK_THROWS_WITH_AS(problems.raise(),
                       "c.yaml:7:3: suite 'TestExport' has a test 'test_\\x1b[2J', whose name has "
                       "control characters",
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
      "suffixes, or the runs names",
      ConfigError);
}

TEST_CASE("a suite is asked once, with its options; its refusal is placed") {
  Config config = serdes_config();
  config.suites = {{name("TestExport"), {}, {set("folder", "x")}}};
  Source source;
  Problems problems;
  CHECK(make_plan(config, {}, source, problems).at(0).suite_call->options.at("folder") ==
        "/yaml/x");
  CHECK(problems.empty());
  CHECK(source.calls == 1);

  config.suites[0].options = {set("folder", "/refused")};
  CHECK_THROWS_WITH_AS(plan(config), "c.yaml:7:3: suite 'TestExport': no folder 'x'", ConfigError);
}

TEST_CASE("a default path is meant from the folder of the configuration") {
  Config config = serdes_config();
  config.file = "/other/c.yaml";
  CHECK(plan(config).at(0).suite_call->options.at("folder") == "/other/here");
}

TEST_CASE("a suite of a kind has its own name and options, and tests of several classes") {
  Config config = serdes_config();
  config.suites = {{name("Mine"), name("k"), {set("word", "hello")}}};
  config.runs[0].suites = {name("Mine")};
  config.xfail = {{name("Two.test_a"), name("serdes"), "why", "", {}}};
  const auto tests = plan(config);
  REQUIRE(tests.size() == 4);
  CHECK(tests[0].full_name() == "SerDesExportOne.test_a_serdes_strict");
  CHECK(tests[1].full_name() == "SerDesExportTwo.test_a_serdes_strict");
  CHECK(property(tests[0]) == "");
  CHECK(property(tests[1]) == "serdes");
  CHECK(*tests[1].suite_call ==
        SuiteCall{"Mine",
                  "k",
                  {{"folder", tests[0].suite_call->options.at("folder")}, {"word", "hello"}}});
  const TestRun run = test_run(tests[1]);
  CHECK(run.test_class == "Two");
  CHECK(run.derived_class == "SerDesExportTwo");
  CHECK(run.derived_name == "test_a_serdes_strict");
  CHECK(run.suffix == "_serdes_strict");
  CHECK(run.xfail_property == "serdes");
  CHECK(Filter("suite(Mine)").matches(filter_subject(tests[0])));
  config.suites[0].name = config.runs[0].suites[0] = name("TestExport");
  CHECK(plan(config).at(0).suite_call->kind == "k");  // goes before the plugin's own
  CHECK(Filter("suite(One)").matches(filter_subject(tests[0])));
}

TEST_CASE("a kind, its options and the names of its suites are checked") {
  Config config = serdes_config();
  config.runs[0].suites = {name("Mine", 7), name("TestExport", 8), name("Least", 9)};
  config.suites = {{name("Mine", 3), name("kk", 4), {}},
                   {name("TestExport", 5), name("k", 5), {set("word", "x", 5)}},
                   {name("Least", 6), name("k", 6), {set("wrod", "x", 6)}}};
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:4:3: no plugin offers the kind of suites 'kk'; did you mean 'k'?\n"
                       "c.yaml:6:3: the suite 'Least' has no option 'wrod'; did you mean 'word'?\n"
                       "c.yaml:6:3: the suite 'Least' needs the option 'word': what to say",
                       ConfigError);
}

TEST_CASE("a mark without a property holds under every run") {
  Config config = serdes_config();
  config.xfail = {{name("TestExport.test_basic"), name(""), "why", "", {}}};
  config.transforms[0].only_if_no_xfail = true;
  const auto tests = plan(config);
  REQUIRE(tests[0].xfail.has_value());
  CHECK(tests[0].xfail->reason == "why");
  CHECK(tests[0].skip_reason == "");
  CHECK(tests[4].xfail.has_value());
}

TEST_CASE("an option of a transformation has a value: the configuration's, or its own") {
  Config config = serdes_config();
  config.transforms[0].chain[0].options = {set("times", "5")};
  const auto tests = plan(config);
  CHECK(tests[0].chain[0].options ==
        std::map<std::string, std::string>{{"times", "5"}, {"loud", "false"}});
  CHECK(tests[4].chain[0].options.at("times") == "2");
}

TEST_CASE("all wrong names and options are said at once") {
  Config config = serdes_config();
  config.runs[0].suites.push_back(name("TestExprt", 7));
  config.transforms[0].chain[0].options = {set("tmies", "5", 3), set("loud", "very", 4)};
  config.transforms[1].chain[0].options = {set("times", "x", 5)};
  CHECK_THROWS_WITH_AS(
      plan(config),
      "c.yaml:3:3: the transformation 't' has no option 'tmies'; did you mean 'times'?\n"
      "c.yaml:4:3: option 'loud' of the transformation 't' must be true or false, not 'very'\n"
      "c.yaml:5:3: option 'times' of the transformation 't' must be a whole number, not 'x'\n"
      "c.yaml:7:3: no plugin offers the suite 'TestExprt'; did you mean 'TestExport'?",
      ConfigError);
}

TEST_CASE("a transform that no run uses is looked up too") {
  Config config = serdes_config();
  config.transforms.push_back(transform("spare", "", "", ""));
  config.transforms[2].chain[0].name = name("tt", 6);
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:6:3: no plugin offers the transformation 'tt'; did "
                       "you mean 't'?",
                       ConfigError);
}

TEST_CASE("settings: defaults, profile, run, the test's threads, overrides, the command line") {
  Config config = serdes_config();
  config.defaults = setting("timeout", "1");
  config.defaults.add(setting("slow", "2"));
  config.runs[0].settings = setting("timeout", "3");
  config.overrides = {{Filter("*test_both*"), {}, setting("timeout", "4")}};
  ProfileConfig profile{name("ci"), setting("slow", "5"), {}, {}};
  profile.overrides = {{Filter("tag(quick)"), {}, setting("retries", "6")}};

  const auto plain = plan(config);
  CHECK(plain[0].settings.timeout == 3);
  CHECK(plain[0].settings.slow == 2);
  CHECK(plain[2].settings.timeout == 4);
  CHECK(plain[0].settings.threads == 1);
  CHECK(plain[2].settings.threads == 4);

  const auto tests = plan(config, {&profile, setting("timeout", "7")});
  CHECK(tests[0].settings.slow == 5);
  CHECK(tests[0].settings.retries == 6);
  CHECK(tests[1].settings.retries == 0);
  CHECK(tests[2].settings.timeout == 7);
}

TEST_CASE("the configuration marks tests too; a mark of no test is an error") {
  Config config = serdes_config();
  config.xfail = {{name("TestExport.test_basic"), name("serdes"), "slow disk", "#3", name("")}};
  const auto tests = plan(config);
  REQUIRE(tests[0].xfail);
  CHECK(tests[0].xfail->reason == "slow disk");
  CHECK(property(tests[4]) == "");

  config.xfail[0].test = name("TestExport.test_basics", 11);
  CHECK_THROWS_WITH_AS(plan(config),
                       "c.yaml:11:3: no run has a test 'TestExport.test_basics'; did "
                       "you mean 'TestExport.test_basic'?",
                       ConfigError);
}

TEST_CASE("runs of different names may run the same tests") {
  Config config = serdes_config();
  config.runs.push_back(config.runs[0]);
  config.runs[1].name = "again";
  const auto tests = plan(config);
  REQUIRE(tests.size() == 16);
  CHECK(tests[8].full_name() == tests[0].full_name());
  CHECK(tests[8].id() == "again SerDesExportTestExport.test_basic_serdes_strict");
  CHECK(filter_subject(tests[8]).run == "again");
}

TEST_CASE("a quarantine holds for the tests of its filter until its day has come") {
  Config config = serdes_config();
  config.quarantine = {
      {Filter("*.test_basic_serdes_strict"), {"c.yaml", 4, 9}, "why", "#1", name("2027-01-31")},
      {Filter("TestExport.test_basic"), {"c.yaml", 5, 9}, "other", "", name("2027-03-01")}};
  const auto on = [&](const std::string& day) {
    std::string reasons;
    for (const auto& test : plan(config, {nullptr, {}, day})) {
      if (test.quarantine) reasons += test.name + ": " + test.quarantine->reason + "; ";
    }
    return reasons;
  };
  CHECK(on("2027-01-30") == "test_basic_serdes_strict: why; test_basic_serdes_nonstrict: other; ");
  CHECK(on("2027-01-31") ==
        "test_basic_serdes_strict: other; test_basic_serdes_nonstrict: other; ");
  CHECK(on("2027-03-01") == "");
}
