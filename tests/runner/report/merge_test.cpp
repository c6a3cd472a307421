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

/// A shard with one test of this name, of a configuration of two runs.
Report shard(std::size_t index, std::size_t total, const std::string& name,
             const std::string& run = "", const std::string& dtype = "float32") {
  Report report;
  report.part = {{index, total}, total, "0abc"};
  report.part.facts = {{run, {{"the setting 'dtype'", dtype}}}};
  report.part.runs =
      run.empty() ? std::vector<std::string>{""} : std::vector<std::string>{"one", "two"};
  report.environment.libtorch = "2.13.0";
  report.environment.cpu = "cpu " + name;
  PlannedTest test;
  test.class_name = "S";
  test.name = name;
  test.run = run;
  report.results.planned = 1;
  report.results.seconds = static_cast<double>(index);
  report.results.tests = {make_result(report.add(test), {Outcome::passed, 0.5})};
  return report;
}

/// What is wrong with the two, or what is missing beside them.
std::string fault_of(const Report& first, const Report& second) {
  try {
    const Report merged = merge_reports({first, second}, {"1.json", "2.json"});
    return merged.results.missing.empty() ? "no fault" : merged.results.missing.front();
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("shards are joined in their order") {
  const Report merged = merge_reports({shard(2, 2, "b"), shard(1, 2, "a")}, {"2.json", "1.json"});
  REQUIRE(merged.results.tests.size() == 2);
  CHECK(merged.results.tests[0].test == merged.plan[0].get());
  CHECK(merged.results.tests[1].test->name == "b");
  CHECK(merged.results.planned == 2);
  CHECK(merged.results.seconds == 2);
  CHECK(merged.part.shard.total == 1);
  CHECK(merged.environment.libtorch == "2.13.0");
  CHECK(merged.environment.cpu == "");  // they differ
}

TEST_CASE("missing, double and foreign shards, and tests in two shards, are refused") {
  CHECK(fault_of(shard(1, 4, "a"), shard(3, 4, "b")) == "of 4 shards these are missing: 2, 4");
  CHECK(fault_of(shard(1, 2, "a"), shard(1, 2, "b")) ==
        "shard 1 of 2 is given twice: 1.json and 2.json");
  CHECK(fault_of(shard(1, 2, "a"), shard(2, 3, "b")) ==
        "1.json is of a run of 2 shards, 2.json of one of 3");
  CHECK(fault_of(shard(1, 2, "a"), shard(2, 2, "a")) ==
        "the test 'S.a' is in two reports: 1.json and 2.json");
}

TEST_CASE("shards of different plans, and tests in no shard, are refused") {
  Report other = shard(2, 2, "b");
  other.part.fingerprint = "0def";
  CHECK(fault_of(shard(1, 2, "a"), other)
            .starts_with("1.json and 2.json are parts of different sets of tests"));
  Report first = shard(1, 2, "a");
  Report second = shard(2, 2, "b");
  first.part.tests = second.part.tests = 5;
  CHECK(fault_of(first, second).starts_with("of 5 tests 3 are in no shard"));
}

TEST_CASE("cells are joined, each of its shards, in the order of the configuration") {
  const Report merged = merge_reports(
      {shard(1, 1, "c", "two", "float64"), shard(2, 2, "b", "one"), shard(1, 2, "a", "one")},
      {"2.json", "1b.json", "1a.json"});
  std::string ids;
  for (const auto& result : merged.results.tests) ids += result.test->id() + ";";
  CHECK(ids == "one S.a;one S.b;two S.c;");
  CHECK(merged.results.missing.empty());
  CHECK(merged.results.planned == 3);
  CHECK(merged.part.tests == 3);
  CHECK(merged.part.fingerprint == "0000000000001578");
  CHECK(merged.part.facts.size() == 2);
}

TEST_CASE("of cells what is missing is named, and what is given twice refused") {
  CHECK(fault_of(shard(1, 2, "a", "one"), shard(2, 2, "b", "one")) ==
        "of 2 runs these are missing: 'two'");
  CHECK(fault_of(shard(1, 2, "a", "one"), shard(1, 1, "b", "two")) ==
        "of 2 shards of 'one' these are missing: 2");
  CHECK(fault_of(shard(1, 1, "a", "one"), shard(1, 1, "b", "one")) ==
        "the tests of 'one' are given twice: 1.json and 2.json");
  Report both = shard(1, 1, "a", "one");
  both.part.facts["two"] = both.part.facts["one"];
  CHECK(fault_of(both, shard(1, 1, "b", "two")) ==
        "1.json and 2.json both have 'two', and other runs beside it; give each run once");
}

TEST_CASE("what results depend on must be the same") {
  CHECK(fault_of(shard(1, 2, "a"), shard(2, 2, "b", "", "float64")) ==
        "results that do not go together: the setting 'dtype' is float32 in 1.json and float64 in "
        "2.json");
  Report other = shard(1, 1, "b", "two");
  other.part.configuration = "another";
  CHECK(fault_of(shard(1, 1, "a", "one"), other) ==
        "1.json and 2.json are of different configurations; give each the same file");
  Report first = shard(1, 1, "a", "one");
  Report second = shard(1, 1, "b", "two");
  first.environment.libraries = {{"/l.so", "1"}};
  second.environment.libraries = {{"/l.so", "2"}};
  CHECK(fault_of(first, second) ==
        "results that do not go together: /l.so is one build in 1.json and another in 2.json");
}

TEST_CASE("a report is read as it was written") {
  SampleResults sample;
  sample.results.not_run = {&sample.plan[0]};
  sample.results.missing = {"a shard"};
  sample.results.tests[0].is_resumed = true;
  Environment environment;
  environment.commit = "abc";
  environment.libraries = {{"/l.so", "1234"}};
  environment.plugins = {{"/p.so", "p", "1.0", "", {}, {}, {}}};
  const fs::path file =
      fs::temp_directory_path() / ("roundtrip_report_" + std::to_string(::getpid()) + ".json");
  const std::string text = json_report(
      sample.results, environment,
      {{2, 3, "--shard"}, 60, "abc", {{"", {{"the setting 'seed'", "1"}}}}, {"", "other"}, "fedc"});
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
