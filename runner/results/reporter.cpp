#include "runner/results/reporter.h"

#include <exception>

namespace roundtrip {

void Reporters::run_started(const RunStart& start) {
  for (auto* reporter : reporters_) reporter->run_started(start);
}

void Reporters::test_slow(const PlannedTest& test, double seconds) {
  for (auto* reporter : reporters_) reporter->test_slow(test, seconds);
}

void Reporters::test_tried(const TestResult& result) {
  for (auto* reporter : reporters_) reporter->test_tried(result);
}

void Reporters::test_finished(const TestResult& result) {
  for (auto* reporter : reporters_) reporter->test_finished(result);
}

void Reporters::progressed(const Progress& progress) {
  for (auto* reporter : reporters_) reporter->progressed(progress);
}

void Reporters::run_pauses() {
  for (auto* reporter : reporters_) reporter->run_pauses();
}

void Reporters::run_interrupted(const Progress& progress) {
  for (auto* reporter : reporters_) reporter->run_interrupted(progress);
}

void Reporters::programs_wanted(std::size_t tests) {
  for (auto* reporter : reporters_) reporter->programs_wanted(tests);
}

void Reporters::programs_kept() {
  for (auto* reporter : reporters_) reporter->programs_kept();
}

void Reporters::run_finished(const RunResults& results) {
  std::exception_ptr first_error;
  for (auto* reporter : reporters_) {
    try {
      reporter->run_finished(results);
    } catch (...) {
      if (!first_error) first_error = std::current_exception();
    }
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace roundtrip
