#include "runner/report/json_report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sample_results.h"

using namespace roundtrip;

TEST_CASE("the JSON report has the counts and a record of every test") {
  const SampleResults sample;
  const auto report = nlohmann::json::parse(json_report(sample.results));
  CHECK(report["planned"] == 8);
  CHECK(report["interrupted"] == false);
  CHECK(report["counts"]["timed_out"] == 1);
  REQUIRE(report["tests"].size() == 8);

  const nlohmann::json expected = {{"suite", "Odd"},
                                   {"test", "test_failed"},
                                   {"class", "DerivedOdd"},
                                   {"name", "test_failed_x"},
                                   {"transform", "strict"},
                                   {"chain", {"serdes_strict"}},
                                   {"xfail", nullptr},
                                   {"skip", nullptr},
                                   {"timeout", 0.0},
                                   {"file", "suite.cpp"},
                                   {"line", 12},
                                   {"outcome", "failed"},
                                   {"duration", 0.25},
                                   {"message", "because\nof <failed>"},
                                   {"output", "said \x1B[1m]]> & more"}};
  CHECK(report["tests"][1] == expected);
  CHECK(report["tests"][4]["outcome"] == "xfailed");
  CHECK(report["tests"][4]["xfail"] == "serdes");
}
