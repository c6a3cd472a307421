#pragma once

#include <string>
#include <vector>

#include "runner/results/results.h"

namespace roundtrip {

/// What is known before the first test starts.
struct RunStart {
  std::size_t planned = 0;
  /// Those that are to be run; the others' results are known from an earlier run.
  std::vector<const PlannedTest*> to_run;
  int jobs = 1;
  /// Seconds for which they are run again and again; 0: each is run once.
  double stress = 0;
};

/// A test that runs now, and for how long it has.
struct TestInProgress {
  const PlannedTest* test = nullptr;
  double seconds = 0;
};

/// What runs at this moment.
struct Progress {
  double seconds = 0;
  std::size_t runs = 0;  ///< of tests, that have ended
  std::vector<TestInProgress> running;
};

/// Receives the events of one run, in the runner's only thread. Every event has an
/// empty default.
class Reporter {
 public:
  virtual ~Reporter() = default;

  virtual void run_started(const RunStart&) {}
  /// A test runs longer than its `slow` setting; once for each attempt.
  virtual void test_slow(const PlannedTest&, double /*seconds*/) {}
  /// An attempt failed, and the test will be tried again.
  virtual void test_tried(const TestResult&) {}
  virtual void test_finished(const TestResult&) {}
  /// Several times a second.
  virtual void progressed(const Progress&) {}
  /// The runner is about to be stopped by the terminal, and may go on later.
  virtual void run_pauses() {}
  /// The run was asked to end, and so are now the tests that still run; once.
  virtual void run_interrupted(const Progress&) {}
  /// So many tests that failed are about to be run once more, only for their programs.
  virtual void programs_wanted(std::size_t) {}
  /// One of these has been run.
  virtual void programs_kept() {}
  /// May throw Error when a report cannot be written.
  virtual void run_finished(const RunResults&) {}
};

/// Passes every event on to several reporters, which it borrows. All are told of the end of the
/// run, even if one of them throws; the first error is rethrown.
class Reporters final : public Reporter {
 public:
  void add(Reporter& reporter) { reporters_.push_back(&reporter); }

  void run_started(const RunStart& start) override;
  void test_slow(const PlannedTest& test, double seconds) override;
  void test_tried(const TestResult& result) override;
  void test_finished(const TestResult& result) override;
  void progressed(const Progress& progress) override;
  void run_pauses() override;
  void run_interrupted(const Progress& progress) override;
  void programs_wanted(std::size_t tests) override;
  void programs_kept() override;
  void run_finished(const RunResults& results) override;

 private:
  std::vector<Reporter*> reporters_;
};

}  // namespace roundtrip
