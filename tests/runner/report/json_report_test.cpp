#include "runner/report/json_report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "runner/report/test_json.h"
#include "sample_results.h"

using namespace roundtrip;

TEST_CASE("the JSON report has the counts and a record of every test") {
  const SampleResults sample;
  Environment environment;
  environment.libtorch = "2.13.0";
  environment.plugins.resize(1);
  environment.plugins[0].version = "1.0";
  const auto report = nlohmann::json::parse(
      json_report(sample.results, environment, {{2, 3, "--shard"}, 60, "abc"}));
  CHECK(report["planned"] == 9);
  CHECK(report["interrupted"] == false);
  CHECK(report["counts"]["timed_out"] == 1);
  REQUIRE(report["tests"].size() == 9);

  const nlohmann::json shard = {{"index", 2},     {"total", 3},           {"source", "--shard"},
                                {"of_tests", 60}, {"fingerprint", "abc"}, {"selection", nullptr},
                                {"lasting", true}};
  CHECK(report["shard"] == shard);
  CHECK(report["environment"]["libtorch"] == "2.13.0");
  CHECK(report["environment"]["commit"] == nullptr);
  CHECK(report["environment"]["plugins"][0]["version"] == "1.0");

  const auto& failed = report["tests"][2];
  CHECK(failed["id"] == "DerivedEven.test_failed_x");
  CHECK(failed["run"] == nullptr);
  CHECK(failed["chain"] ==
        nlohmann::json{{{"name", "serdes_strict"}, {"options", nlohmann::json::object()}}});
  CHECK(failed["settings"]["timeout"] == 300.0);
  CHECK(failed["file"] == "suite.cpp");
  CHECK(failed["bad"] == true);
  CHECK(failed["message"] == "because\nof <failed>");
  CHECK(report["tests"][5]["outcome"] == "xfailed");
  CHECK(report["tests"][5]["xfail"]["property"] == "serdes");
  const auto& flaky = report["tests"][1];
  CHECK(flaky["bad"] == false);
  CHECK(flaky["duration"] == 0.5);
  CHECK(flaky["attempts"][0]["message"] == "at first");
  CHECK(report["tests"][7]["attempts"][0]["backtrace"] == "inner\nouter");
}

TEST_CASE("a record tells the whole result") {
  const SampleResults sample;
  for (const auto& result : sample.results.tests) {
    const auto record = nlohmann::json::parse(to_line(result_json(result)));
    const TestResult read = result_from_json(record, *result.test);
    CHECK(read.outcome == result.outcome);
    CHECK(to_line(result_json(read)) == to_line(result_json(result)));
  }
  CHECK_THROWS_AS(result_from_json({{"outcome", "lucky"}}, sample.plan[0]),
                  nlohmann::json::exception);
}
