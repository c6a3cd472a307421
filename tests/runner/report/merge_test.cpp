#include "runner/report/merge.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <fstream>

#include "runner/report/json_report.h"
#include "sample_results.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

/// A shard with one test of this name.
Report shard(std::size_t index, std::size_t total, const std::string& name) {
  Report report;
  report.part = {{index, total}, total, "abc"};
  report.environment.libtorch = "2.13.0";
  report.environment.cpu = "cpu " + name;
  report.plan.resize(1);
  report.plan[0].class_name = "S";
  report.plan[0].name = name;
  report.results.planned = 1;
  report.results.seconds = static_cast<double>(index);
  report.results.tests = {make_result(report.plan[0], {Outcome::passed, 0.5})};
  return report;
}

std::string fault_of(const Report& first, const Report& second) {
  try {
    merge_reports({first, second}, {"1.json", "2.json"});
  } catch (const Error& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace

TEST_CASE("shards are joined in their order") {
  const Report merged = merge_reports({shard(2, 2, "b"), shard(1, 2, "a")}, {"2.json", "1.json"});
  REQUIRE(merged.results.tests.size() == 2);
  CHECK(merged.results.tests[0].test == &merged.plan[0]);
  CHECK(merged.results.tests[1].test->name == "b");
  CHECK(merged.results.planned == 2);
  CHECK(merged.results.seconds == 2);
  CHECK(merged.part.shard.total == 1);
  CHECK(merged.environment.libtorch == "2.13.0");
  CHECK(merged.environment.cpu == "");  // they differ
}

TEST_CASE("missing, double and foreign shards, and tests in two shards, are refused") {
  CHECK(fault_of(shard(1, 4, "a"), shard(3, 4, "b")) ==
        "of 4 shards these are missing: 2, 4; give the reports of all");
  CHECK(fault_of(shard(1, 2, "a"), shard(1, 2, "b")) ==
        "shard 1 of 2 is given twice: 1.json and 2.json");
  CHECK(fault_of(shard(1, 2, "a"), shard(2, 3, "b")) ==
        "1.json is of a run of 2 shards, 2.json of one of 3");
  CHECK(fault_of(shard(1, 2, "a"), shard(2, 2, "a")) ==
        "the test 'S.a' is in two reports: 1.json and 2.json");
}

TEST_CASE("shards of different plans, and tests in no shard, are refused") {
  Report other = shard(2, 2, "b");
  other.part.fingerprint = "def";
  CHECK(fault_of(shard(1, 2, "a"), other)
            .starts_with("1.json and 2.json are parts of different sets of tests"));
  Report first = shard(1, 2, "a");
  Report second = shard(2, 2, "b");
  first.part.tests = second.part.tests = 5;
  CHECK(fault_of(first, second).starts_with("of 5 tests 3 are in no shard"));
}

TEST_CASE("a report is read as it was written") {
  const SampleResults sample;
  Environment environment;
  environment.commit = "abc";
  environment.plugins = {{"/p.so", "p", "1.0", "", {}, {}}};
  const fs::path file =
      fs::temp_directory_path() / ("roundtrip_report_" + std::to_string(::getpid()) + ".json");
  const std::string text = json_report(sample.results, environment, {{2, 3}, 60, "abc"});
  std::ofstream(file) << text;
  const Report report = read_report(file);
  CHECK(json_report(report.results, report.environment, report.part) == text);

  std::ofstream(file) << "{\"version\": 1}";
  CHECK_THROWS_AS(read_report(file), Error);
  std::ofstream(file) << "nonsense";
  CHECK_THROWS_AS(read_report(file), Error);
  fs::remove(file);
  CHECK_THROWS_AS(read_report(file), Error);
}
