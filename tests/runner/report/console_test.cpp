#include "runner/report/console.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "sample_results.h"

using namespace roundtrip;

namespace {

/// What the console reporter writes, where there is no terminal.
std::string shown(const RunResults& results, ColorMode mode,
                  Verbosity verbosity = Verbosity::normal,
                  std::optional<std::size_t> slowest = std::nullopt) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = ::open_memstream(&text, &size);
  {
    Terminal terminal(stream, mode);
    ConsoleReporter reporter(terminal, "roundtrip run c.yaml", verbosity);
    if (slowest) reporter.list_slowest(*slowest);
    RunStart start{results.planned, {}, 2};
    for (const auto& result : results.tests) start.to_run.push_back(result.test);
    reporter.run_started(start);
    for (const auto& result : results.tests) reporter.test_finished(result);
    reporter.run_finished(results);
    CHECK(terminal.flush());
  }
  std::fclose(stream);
  const std::string copy(text, size);
  std::free(text);
  return copy;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without a terminal every test has its line") {
  const SampleResults sample;
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(contains(text, "Running 9 tests, 2 at a time\n"));
  CHECK(contains(text, "[1/9]    PASS    0.250 s  DerivedEven.test_passed_x\n"));
  CHECK(contains(text, "[5/9]    SKIP    0.250 s  DerivedEven.test_skipped_x  because\n"));
  CHECK(contains(text, "[9/9] TIMEOUT    0.250 s  DerivedEven.test_timed_out_x  because\n"));
}

TEST_CASE("a failure is shown with place, message, output and the command that repeats it") {
  const SampleResults sample;
  CHECK(
      contains(shown(sample.results, ColorMode::never),
               "   FAIL DerivedEven.test_failed_x  suite.cpp:12\n"
               "    because\n"
               "    of <failed>\n"
               "    -- output --\n"
               "    said ]]> & more\n"
               "    again: roundtrip run c.yaml --filter 'derived(DerivedEven.test_failed_x)'\n"));
}

TEST_CASE("the last line counts expected failures as passed and all trouble as failed") {
  const SampleResults sample;
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(text.ends_with(
      "\nRan 9 of 9 tests in 2.50 s\n"
      "passed:  1 passed, 1 failed as expected (xfailed), 1 passed when tried again (flaky)\n"
      "failed:  1 failed, 1 error, 1 passed though expected to fail (xpassed), 1 crashed, "
      "1 timed out\n"
      "3 passed, 5 failed, 1 skipped\n"));
}

TEST_CASE("colours only where they are wanted") {
  const SampleResults sample;
  CHECK_FALSE(contains(shown(sample.results, ColorMode::never), "\x1B["));
  CHECK(contains(shown(sample.results, ColorMode::always), "\x1B["));
}

TEST_CASE("quiet says what makes the run fail and the summary, verbose what every test wrote") {
  const SampleResults sample;
  const std::string quiet = shown(sample.results, ColorMode::never, Verbosity::quiet);
  CHECK_FALSE(contains(quiet, "Running"));
  CHECK_FALSE(contains(quiet, "test_passed_x"));
  CHECK(contains(quiet, "FAIL DerivedEven.test_failed_x"));
  CHECK(quiet.ends_with("3 passed, 5 failed, 1 skipped\n"));
  const std::string verbose = shown(sample.results, ColorMode::never, Verbosity::verbose);
  CHECK(contains(
      verbose,
      "FLAKY    0.500 s  DerivedOdd.test_flaky_x  at first\n    -- output --\n    last output\n"));
}

TEST_CASE("a crash shows its stack") {
  const SampleResults sample;
  CHECK(contains(shown(sample.results, ColorMode::never),
                 "    of <crashed>\n    -- stack --\n    inner\n    outer\n    again:"));
}

TEST_CASE("what failed in quarantine is listed, and counts as neither passed nor failed") {
  SampleResults sample;
  sample.plan[2].quarantine = Quarantine{"unsteady", "", "2027-01-31"};
  for (const auto verbosity : {Verbosity::normal, Verbosity::quiet}) {
    const std::string text = shown(sample.results, ColorMode::never, verbosity);
    CHECK(contains(text,
                   "\nIn quarantine\n"
                   "   FAIL DerivedEven.test_failed_x  until 2027-01-31: unsteady\n"));
    CHECK(text.ends_with("3 passed, 4 failed, 1 skipped, 1 in quarantine\n"));
  }
}

TEST_CASE("at the end flaky tests are listed, and the reasons of skips with their counts") {
  SampleResults sample;
  sample.results.tests.push_back(sample.results.tests[4]);
  sample.results.tests.push_back(sample.results.tests[4]);
  sample.results.tests.back().attempts.back().message = "other";
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(contains(text,
                 "\nFlaky\n"
                 "  FLAKY DerivedOdd.test_flaky_x  passed at try 2, failed before: at first\n"
                 "\nSkipped\n"
                 "      2  because\n"
                 "      1  other\n"));
  CHECK_FALSE(contains(shown(sample.results, ColorMode::never, Verbosity::quiet), "Skipped"));
}

TEST_CASE("of very many reasons the most frequent are shown") {
  SampleResults sample;
  const TestResult skipped = sample.results.tests[4];
  for (int i = 0; i < 30; ++i) {
    sample.results.tests.push_back(skipped);
    sample.results.tests.back().attempts.back().message = "reason " + std::to_string(i);
  }
  sample.results.tests.push_back(skipped);
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(contains(text, "\nSkipped\n      2  because\n      1  reason 0\n"));
  CHECK(contains(text, "     11  for 11 other reasons\n"));
}

TEST_CASE("more than twenty failures are told by message, too") {
  SampleResults sample;
  CHECK_FALSE(contains(shown(sample.results, ColorMode::never), "Failures by message"));
  const TestResult failed = sample.results.tests[2];
  for (int i = 0; i < 30; ++i) {
    sample.results.tests.push_back(failed);
    auto& message = sample.results.tests.back().attempts.back().message;
    message = i % 2 == 0 ? "at 0x1" + std::to_string(i) : "other " + std::to_string(i);
  }
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(contains(text,
                 "\nFailures by message\n"
                 "     15  at 0x10\n"
                 "           DerivedEven.test_failed_x\n"));
  CHECK(contains(text,
                 "           DerivedEven.test_failed_x\n"
                 "           and 10 more\n"
                 "      1  because\n"));
  CHECK(contains(text, "      1  passed, though its xfail property 'serdes' says it fails\n"));
  CHECK(contains(text, "         and 1 more messages\n"));
}

TEST_CASE("the slowest tests are as many as asked for, also of quick ones") {
  SampleResults sample;
  const auto lines = [&](std::optional<std::size_t> asked, Verbosity verbosity) {
    const std::string text = shown(sample.results, ColorMode::never, verbosity, asked);
    const auto start = text.find("\nSlowest\n");
    if (start == std::string::npos) return std::ptrdiff_t{0};
    const std::string list = text.substr(start + 1, text.find("\n\n", start + 1) - start);
    return std::count(list.begin(), list.end(), '\n') - 1;
  };
  CHECK(lines(std::nullopt, Verbosity::normal) == 5);
  CHECK(lines(std::nullopt, Verbosity::quiet) == 0);
  CHECK(lines(3, Verbosity::quiet) == 3);
  CHECK(lines(100, Verbosity::normal) == 9);
  CHECK(lines(0, Verbosity::normal) == 9);
  for (auto& result : sample.results.tests) {
    for (auto& attempt : result.attempts) attempt.seconds = 0.001;
  }
  CHECK(lines(std::nullopt, Verbosity::normal) == 0);
  CHECK(lines(2, Verbosity::normal) == 2);
}

TEST_CASE("an interrupted run names what goes on with it") {
  SampleResults sample;
  sample.results.interrupted = true;
  sample.results.planned += 2;
  CHECK(contains(shown(sample.results, ColorMode::never), "\nInterrupted: 2 tests were not run\n"));
}

TEST_CASE("where flaky tests fail, the attempt that failed is shown") {
  SampleResults sample;
  sample.plan[1].settings.flaky = "fail";
  const std::string text = shown(sample.results, ColorMode::never);
  CHECK(contains(text, "\n  FLAKY DerivedOdd.test_flaky_x\n    at first\n    -- output --\n"));
  CHECK(contains(text, "failed:  1 passed when tried again (flaky), 1 failed,"));
  CHECK(text.ends_with("2 passed, 6 failed, 1 skipped\n"));
}
