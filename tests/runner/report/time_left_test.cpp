#include "runner/report/time_left.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

/// Tests of known times; one of less than nothing is not known.
struct Run {
  explicit Run(const std::vector<double>& seconds, int jobs = 2) {
    tests.resize(seconds.size());
    start = {seconds.size(), {}, jobs, 0};
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      if (seconds[i] >= 0) tests[i].usual_seconds = seconds[i];
      start.to_run.push_back(&tests[i]);
    }
    left.run_started(start);
  }

  void finish(std::size_t test, double seconds) {
    left.test_finished(make_result(tests[test], {Outcome::passed, seconds}));
  }

  std::vector<PlannedTest> tests;
  RunStart start;
  TimeLeft left;
};

}  // namespace

TEST_CASE("what is left is the work of the tests that have not ended, done by several at once") {
  Run run({4, 4, 2, 2});
  CHECK(run.left.seconds({}) == 6);
  CHECK(run.left.seconds({1, 0, {{&run.tests[0], 1}, {&run.tests[1], 1}}}) == 5);
  run.finish(0, 4);
  CHECK(run.left.seconds({}) == 4);
}

TEST_CASE("the longest test that runs is waited for, one beyond its time not counted twice") {
  Run run({9, 1});
  run.finish(1, 1);
  CHECK(run.left.seconds({1, 0, {{&run.tests[0], 1}}}) == 8);
  CHECK(run.left.seconds({1, 0, {{&run.tests[0], 20}}}) == 0);
}

TEST_CASE("tests that take longer now than before are a measure of the others") {
  Run run({4, 4}, 1);
  run.finish(0, 8);
  CHECK(run.left.seconds({}) == 8);
}

TEST_CASE("a test of several threads takes several places") {
  Run run({4, 4});
  run.tests[0].settings.threads = 2;
  run.left = {};
  run.left.run_started(run.start);
  CHECK(run.left.seconds({}) == 6);
}

TEST_CASE("nothing is said when the times of most tests are not known, or of a stress run") {
  CHECK_FALSE(Run({4, -1, -1}).left.seconds({}));
  CHECK_FALSE(Run({}).left.seconds({}));
  CHECK(Run({4, -1}).left.seconds({}) == 4);
  Run run({4, 4});
  run.start.stress = 60;
  run.left = {};
  run.left.run_started(run.start);
  CHECK_FALSE(run.left.seconds({}));
}
