#include "runner/plan/facts.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

PlannedTest planned(const std::string& name, double timeout) {
  PlannedTest test;
  test.class_name = "Suite";
  test.name = name;
  test.settings.timeout = timeout;
  return test;
}

Config one_run() {
  Config config;
  TransformConfig strict;
  strict.name = {"strict", {}};
  strict.chain = {{{"serdes", {}}, {}}, {{"twice", {}}, {{{"times", {}}, "2", false, "/here"}}}};
  config.transforms = {strict};
  config.suites = {{{"Mine", {}}, {"corpus", {}}, {{{"folder", {}}, "programs", false, "/here"}}}};
  config.runs.resize(1);
  config.runs[0].transforms = {{"strict", {}}};
  config.runs[0].suites = {{"Mine", {}}, {"Other", {}}};
  config.runs[0].environment = {{"WORD", "hi"}};
  return config;
}

}  // namespace

TEST_CASE("a run's facts are what its tests depend on") {
  Facts facts = facts_of(one_run(), {planned("a", 5), planned("b", 5)}).at("");
  CHECK(facts.at("the setting 'timeout'") == "5");
  CHECK(facts.at("the setting 'dtype'") == "float32");
  CHECK(facts.at("the environment variable WORD") == "'hi'");
  CHECK(facts.at("the chain of 'strict'") == "[serdes, twice(times: 2)]");
  CHECK(facts.at("the kind of the suite 'Mine'") == "corpus");
  CHECK(facts.at("the option 'folder' of the suite 'Mine'") == "programs");
  CHECK(facts.at("the number of tests expected to fail") == "0");
}

TEST_CASE("where tests differ, it counts which has which") {
  const auto timeout = [](double a, double b) {
    return facts_of(one_run(), {planned("a", a), planned("b", b)})
        .at("")
        .at("the setting 'timeout'");
  };
  CHECK(timeout(5, 60).starts_with("5, 60 (by test: "));
  CHECK(timeout(5, 60) == timeout(5, 60));
  CHECK(timeout(5, 60) != timeout(60, 5));
  PlannedTest marked = planned("a", 5);
  marked.xfail = XfailMark{"p", "", "", ""};
  const auto facts = facts_of(one_run(), {marked});
  CHECK(facts.at("").at("the number of tests expected to fail").starts_with("1 ("));
}

TEST_CASE("what differs is said, of the runs that both have") {
  const RunFacts first = {{"a", {{"x", "1"}, {"y", "2"}, {"z", "0"}}}, {"b", {{"x", "3"}}}};
  const RunFacts second = {{"a", {{"x", "1"}, {"y", "4"}, {"w", "5"}, {"z", "1"}}}};
  CHECK(differences(first, first).empty());
  CHECK(
      difference_text(differences(first, second), "1.json", "2.json") ==
      "w of the run 'a' is nothing in 1.json and 5 in 2.json; y of the run 'a' is 2 in 1.json and "
      "4 in 2.json; z of the run 'a' is 0 in 1.json and 1 in 2.json");
  CHECK(difference_text(differences({{"", {{"x", "1"}}}}, {{"", {{"x", "2"}}}}), "1", "2") ==
        "x is 1 in 1 and 2 in 2");
  const Facts many = {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}};
  CHECK(difference_text(differences(many, Facts{}), "1", "2").ends_with("; and 2 more"));
}
