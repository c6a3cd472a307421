#include "runner/plan/shard.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <stdexcept>

using namespace roundtrip;

namespace {

using Environment = std::map<std::string, std::string>;

std::string found(const std::optional<std::string>& given, const Environment& environment) {
  const auto get = [&](const char* name) -> const char* {
    const auto entry = environment.find(name);
    return entry == environment.end() ? nullptr : entry->second.c_str();
  };
  try {
    const auto shard = find_shard(given, get);
    return shard ? std::to_string(shard->index) + "/" + std::to_string(shard->total) : "none";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::vector<PlannedTest> sample(int count) {
  std::vector<PlannedTest> plan;
  for (int i = 0; i < count; ++i) {
    plan.emplace_back();
    plan.back().class_name = "Suite";
    plan.back().name = "test_" + std::to_string(i);
  }
  return plan;
}

}  // namespace

TEST_CASE("the command line goes before every system's variables, and those have an order") {
  Environment all = {{"TEST_SHARD_INDEX", "0"},      {"TEST_TOTAL_SHARDS", "2"},
                     {"GTEST_SHARD_INDEX", "1"},     {"GTEST_TOTAL_SHARDS", "3"},
                     {"CI_NODE_INDEX", "3"},         {"CI_NODE_TOTAL", "4"},
                     {"SLURM_ARRAY_TASK_ID", "7"},   {"SLURM_ARRAY_TASK_COUNT", "5"},
                     {"SLURM_ARRAY_TASK_MIN", "1"},  {"SLURM_ARRAY_TASK_MAX", "9"},
                     {"SLURM_ARRAY_TASK_STEP", "2"}, {"JOB_COMPLETION_INDEX", "5"},
                     {"ROUNDTRIP_TOTAL_SHARDS", "6"}};
  CHECK(found("1/9", all) == "1/9");
  CHECK(found("none", all) == "none");
  CHECK(found({}, all) == "1/2");
  all.erase("TEST_SHARD_INDEX");
  CHECK(found({}, all) == "2/3");
  all.erase("GTEST_TOTAL_SHARDS");
  CHECK(found({}, all) == "3/4");
  all.erase("CI_NODE_INDEX");
  CHECK(found({}, all) == "4/5");
  all.erase("SLURM_ARRAY_TASK_ID");
  CHECK(found({}, all) == "6/6");
  all.erase("ROUNDTRIP_TOTAL_SHARDS");
  CHECK(found({}, all) == "none");
  CHECK(found({}, {{"CI_NODE_INDEX", ""}, {"CI_NODE_TOTAL", "4"}}) == "none");
}

TEST_CASE("a shard says who asked for it") {
  const auto text = [](const std::optional<std::string>& given, const Environment& environment) {
    return shard_text(*find_shard(given, [&](const char* name) -> const char* {
      const auto entry = environment.find(name);
      return entry == environment.end() ? nullptr : entry->second.c_str();
    }));
  };
  const Environment gitlab = {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"}};
  CHECK(text({}, gitlab) == "2 of 5, by CI_NODE_INDEX and CI_NODE_TOTAL (GitLab)");
  CHECK(text("1/3", gitlab) == "1 of 3, by --shard");
}

TEST_CASE("what is no shard is said") {
  CHECK(found("3", {}) == "--shard takes I/N, such as 2/5, or none, not '3'");
  CHECK(found("a/5", {}) == "--shard must be a whole number, not 'a'");
  CHECK(found("0/5", {}) == "--shard asks for shard 0 of 5");
  CHECK(found("6/5", {}) == "--shard asks for shard 6 of 5");
  CHECK(found("1/0", {}) == "--shard asks for shard 1 of 0");
  CHECK(found({}, {{"TEST_SHARD_INDEX", "2"}, {"TEST_TOTAL_SHARDS", "2"}}) ==
        "TEST_SHARD_INDEX is 2 and TEST_TOTAL_SHARDS is 2: Bazel counts its shards from 0");
  CHECK(found({}, {{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "2"}}) ==
        "CI_NODE_INDEX is 0 and CI_NODE_TOTAL is 2: GitLab counts its shards from 1");
  CHECK(found({}, {{"CI_NODE_INDEX", "3"}, {"CI_NODE_TOTAL", "2"}}) ==
        "CI_NODE_INDEX is 3 and CI_NODE_TOTAL is 2: GitLab counts its shards from 1");
  CHECK(found({}, {{"CI_NODE_INDEX", "x"}, {"CI_NODE_TOTAL", "2"}}) ==
        "CI_NODE_INDEX must be a whole number, not 'x'");
}

TEST_CASE("a Slurm array whose numbers are irregular tells no shard") {
  const auto slurm = [](const char* id, const char* count, const char* max) {
    return found({}, {{"SLURM_ARRAY_TASK_ID", id},
                      {"SLURM_ARRAY_TASK_COUNT", count},
                      {"SLURM_ARRAY_TASK_MIN", "2"},
                      {"SLURM_ARRAY_TASK_MAX", max}});
  };
  CHECK(slurm("2", "3", "4") == "1/3");
  CHECK(slurm("4", "3", "4") == "3/3");
  CHECK(slurm("9", "3", "9").starts_with("the tasks of this Slurm array have no regular numbers"));
  CHECK(slurm("1", "3", "4").starts_with("the tasks of this Slurm array have no regular numbers"));
}

TEST_CASE("every test is in exactly one shard, which its name alone decides") {
  std::multiset<std::string> seen;
  for (std::size_t index = 1; index <= 3; ++index) {
    const auto part = shard_by_name(sample(60), {index, 3});
    CHECK(part.size() > 10);
    for (const auto& test : part) seen.insert(test.id());
  }
  CHECK(seen.size() == 60);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 60);

  const auto few = shard_by_name(sample(5), {1, 3});
  const auto many = shard_by_name(sample(60), {1, 3});
  for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i].id() == many[i].id());
}

TEST_CASE("shards by time take the same time") {
  const auto seconds_of = [](const PlannedTest& test) { return test.name == "test_0" ? 9.0 : 1.0; };
  const auto first = shard_by_time(sample(10), {1, 2}, seconds_of);
  const auto second = shard_by_time(sample(10), {2, 2}, seconds_of);
  REQUIRE(first.size() == 1);
  CHECK(first[0].name == "test_0");
  REQUIRE(second.size() == 9);
  CHECK(second[0].name == "test_1");
  CHECK(shard_by_time(sample(1), {2, 2}, seconds_of).empty());
}
