#include "runner/history/store.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "runner/history/history.h"
#include "runner/history/recorder.h"
#include "tests/support/folder.h"

using namespace roundtrip;
namespace fs = std::filesystem;

namespace {

constexpr int kImpatient = 10;  // milliseconds

/// A run with tests of its own.
struct SampleRun {
  explicit SampleRun(std::vector<std::pair<std::string, Outcome>> tests, double seconds = 1) {
    plan.resize(tests.size());
    for (std::size_t i = 0; i < tests.size(); ++i) {
      plan[i].class_name = "Suite";
      plan[i].name = tests[i].first;
      results.tests.push_back(make_result(plan[i], {tests[i].second, seconds, "why"}));
    }
    results.planned = tests.size();
    results.started = std::chrono::system_clock::now();
  }

  void add_to(const fs::path& file, const Retention& retention = {}) const {
    HistoryStore::create(file).add(results, past_run(results, environment, part), {}, retention);
  }

  std::vector<PlannedTest> plan;
  RunResults results;
  Environment environment;
  PlanPart part;
};

std::vector<std::int64_t> numbers(const HistoryStore& store) {
  std::vector<std::int64_t> numbers;
  for (const auto& run : store.runs()) numbers.push_back(run.number);
  return numbers;
}

std::string warning_of(const fs::path& folder) {
  std::string warning;
  History::load(folder, warning);
  return warning;
}

}  // namespace

TEST_CASE("a run is given back as it was") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  CHECK_FALSE(HistoryStore::open(file));
  SampleRun run({{"a", Outcome::passed}, {"b", Outcome::failed}}, 0.5);
  run.plan[1].run = "cell (x=1)";
  run.plan[1].settings.threads = 3;
  run.plan[1].quarantine = Quarantine{"why", "", "2999-01-01"};
  run.results.planned = 3;
  run.results.interrupted = true;
  run.part.shard = {2, 3};
  run.part.selection = "--filter b";
  run.part.facts["cell (x=1)"]["the setting 'seed'"] = "3";
  run.environment.commit = "c0ffee";
  run.environment.plugins.resize(1);
  run.environment.plugins[0].sha256 = "abc";
  run.add_to(file);

  const auto store = HistoryStore::open(file);
  REQUIRE(store);
  REQUIRE(numbers(*store) == std::vector<std::int64_t>{1});
  const PastRun past = store->runs()[0];
  CHECK(past.name == "run 1");
  CHECK(past.results == 2);
  CHECK(past.planned == 3);
  CHECK(past.bad == 0);
  CHECK(past.cut_short == "interrupted");
  CHECK(past.part.selection == "--filter b");
  CHECK(past.part.shard.index == 2);
  CHECK(past.part.facts == run.part.facts);
  CHECK(past.environment.commit == "c0ffee");
  REQUIRE(past.environment.plugins.size() == 1);
  CHECK(past.environment.plugins[0].sha256 == "abc");
  CHECK(past.started - run.results.started < std::chrono::milliseconds(1));
  const PastResults results = store->results(1);
  REQUIRE(results.size() == 2);
  CHECK(results[0].id == "Suite.a");
  CHECK(results[1].id == "cell (x=1) Suite.b");
  CHECK(results[1].outcome == Outcome::failed);
  CHECK(results[1].is_quarantined);
  CHECK_FALSE(results[1].is_bad);
  CHECK(results[1].seconds == 0.5);
  CHECK(results[1].message == "why");
  CHECK(results[1].settings->find("\"threads\":3") != std::string::npos);
  CHECK(store->test_ids() == std::vector<std::string>{"Suite.a", "cell (x=1) Suite.b"});
  CHECK(store->events("cell (x=1) Suite.b").size() == 1);
  CHECK(store->events("Suite.b").empty());
}

TEST_CASE(
    "a test is known by its last outcome, and a mean of times in which later ones count more") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  SampleRun({{"a", Outcome::failed}}, 4).add_to(file);
  SampleRun({{"a", Outcome::passed}}, 2).add_to(file);
  SampleRun({{"b", Outcome::failed}}).add_to(file);
  auto known = HistoryStore::open(file)->known_tests();
  CHECK(known["Suite.a"].outcome == "passed");
  CHECK(known["Suite.a"].seconds == 3);
  CHECK_FALSE(known["Suite.a"].is_bad);
  CHECK(known["Suite.b"].is_bad);
}

TEST_CASE("of the repetitions of a test in one run a bad one counts") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  for (const Outcome second : {Outcome::failed, Outcome::passed}) {
    SampleRun run({{"a", Outcome::passed}, {"a", second}, {"a", Outcome::passed}});
    for (int i = 0; i < 3; ++i) run.plan[i].repetition = i + 1;
    run.add_to(file);
    const auto store = HistoryStore::open(file);
    const std::string name(outcome_name(second));
    CHECK(store->known_tests()["Suite.a"].outcome == name);
    const PastResults results = store->results(store->runs().back().number);
    REQUIRE(results.size() == 1);
    CHECK(outcome_name(results[0].outcome) == name);
  }
}

TEST_CASE("a test is unsteady where it both passes and fails with the same build and settings") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  const auto add = [&](const std::string& build, Outcome a, Outcome b) {
    SampleRun run({{"a", a}, {"b", b}});
    run.environment.libtorch = build;
    run.add_to(file);
  };
  add("1", Outcome::passed, Outcome::failed);
  add("1", Outcome::failed, Outcome::failed);
  add("2", Outcome::flaky, Outcome::passed);
  add("2", Outcome::passed, Outcome::passed);
  add("2", Outcome::skipped, Outcome::xfailed);
  const auto tests = HistoryStore::open(file)->steadiness();
  REQUIRE(tests.size() == 2);
  CHECK(tests[0].runs == 4);
  CHECK(tests[0].unsteady == 2);
  CHECK(tests[1].unsteady == 0);  // what changed was the build
}

TEST_CASE("runs that are too old, too many or too large are forgotten, the newest never") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  const auto add = [&](const std::string& name, int days_ago, const Retention& retention) {
    SampleRun run({{name, Outcome::passed}});
    run.results.started -= std::chrono::hours(24 * days_ago);
    run.add_to(file, retention);
    return numbers(*HistoryStore::open(file));
  };
  using Numbers = std::vector<std::int64_t>;
  CHECK(add("a", 100, {0, 0, 0}) == Numbers{1});
  CHECK(add("b", 50, {0, 0, 0}) == Numbers{1, 2});
  CHECK(add("b", 50, {60, 0, 0}) == Numbers{2, 3});
  CHECK(HistoryStore::open(file)->test_ids() == std::vector<std::string>{"Suite.b"});
  CHECK(add("b", 0, {0, 2, 0}) == Numbers{3, 4});
  CHECK(add("b", 0, {0, 0, 1}) == Numbers{5});
  CHECK(add("b", 100, {60, 1, 1}) == Numbers{6});
}

TEST_CASE("many processes write at once, and nothing is lost") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  constexpr int kProcesses = 8, kRuns = 5;
  for (int process = 0; process < kProcesses; ++process) {
    if (::fork() != 0) continue;
    try {
      for (int run = 0; run < kRuns; ++run) {
        SampleRun({{"own" + std::to_string(process), Outcome::failed}, {"all", Outcome::passed}})
            .add_to(file);
      }
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
      ::_exit(1);
    }
    ::_exit(0);
  }
  for (int process = 0; process < kProcesses; ++process) {
    int status = 0;
    ::wait(&status);
    CHECK(status == 0);
  }
  const auto store = HistoryStore::open(file);
  CHECK(store->runs().size() == kProcesses * kRuns);
  CHECK(store->events("Suite.all").size() == kProcesses * kRuns);
  CHECK(store->known_tests().size() == kProcesses + 1);
}

TEST_CASE("who wants to compare runs sees them as they are at one moment") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  SampleRun run({{"a", Outcome::passed}});
  run.add_to(file);
  auto store = HistoryStore::open(file);
  store->hold_still();
  CHECK(numbers(*store) == std::vector<std::int64_t>{1});
  run.add_to(file, {0, 1, 0});
  CHECK(numbers(*store) == std::vector<std::int64_t>{1});
  CHECK(store->results(1).size() == 1);
  CHECK(numbers(*HistoryStore::open(file)) == std::vector<std::int64_t>{2});
}

TEST_CASE("a file that another process keeps locked is said") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  SampleRun run({{"a", Outcome::passed}});
  run.add_to(file);
  Database other(file, Database::Access::existing, kImpatient);
  Transaction transaction(other);
  CHECK(HistoryStore::open(file)->runs().size() == 1);  // who only reads does not wait
  HistoryStore store = HistoryStore::create(file, kImpatient);
  CHECK_THROWS_WITH_AS(store.add(run.results, {}, {}, {}),
                       (file.string() + " is locked by another process").c_str(), DatabaseError);
}

TEST_CASE("the file of a later version is left alone") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  SampleRun({{"a", Outcome::passed}}).add_to(file);
  Database(file, Database::Access::existing, kImpatient).run("PRAGMA user_version = 7");
  const std::string sentence =
      file.string() +
      " was written by a later roundtrip (its tables are version 7, this one knows 1); use that "
      "one, or move the file away";
  CHECK_THROWS_WITH_AS(HistoryStore::create(file), sentence.c_str(), Error);
  CHECK(warning_of(folder.path) == sentence + "; this run knows nothing of earlier ones");
}

TEST_CASE("a damaged file is moved aside when a run is over, and the history starts over") {
  const test::Folder folder;
  const fs::path file = history_file(folder.path);
  SampleRun run({{"a", Outcome::passed}});
  const auto record = [&] {
    HistoryRecorder recorder(folder.path, {}, {}, {});
    recorder.run_finished(run.results);
    return HistoryStore::open(file)->runs().size();
  };
  CHECK(record() == 1);
  CHECK(record() == 2);
  std::string bytes(fs::file_size(file), '\0');
  std::ifstream(file).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  // A page in which a table begins, the header of the file, all of it.
  for (const auto& [begin, end] :
       {std::pair<std::size_t, std::size_t>(8192, 12288), {0, 100}, {0, bytes.size()}}) {
    std::string damaged = bytes;
    for (std::size_t i = begin; i < end; ++i) damaged[i] = 'x';
    std::ofstream(file, std::ios::trunc) << damaged;
    CHECK(record() == 1);
    CHECK(fs::exists(folder.path / "history.damaged.sqlite"));
    CHECK(warning_of(folder.path) == "");
  }
}
