#include "runner/report/time_left.h"

#include <algorithm>

namespace roundtrip {

void TimeLeft::run_started(const RunStart& start) {
  jobs_ = start.jobs;
  double known = 0;
  std::size_t count = 0;
  for (const auto* test : start.to_run) {
    if (!test->usual_seconds) continue;
    known += *test->usual_seconds;
    ++count;
  }
  is_known_ = count > 0 && 2 * count >= start.to_run.size() && start.stress == 0;
  if (count > 0) mean_ = known / static_cast<double>(count);
  for (const auto* test : start.to_run) work_ += work_of(*test);
}

double TimeLeft::places_of(const PlannedTest& test) const {
  return static_cast<double>(std::clamp<std::int64_t>(test.settings.threads, 1, jobs_));
}

double TimeLeft::work_of(const PlannedTest& test) const {
  return test.usual_seconds.value_or(mean_) * places_of(test);
}

void TimeLeft::test_finished(const TestResult& result) {
  work_ -= work_of(*result.test);
  if (!result.test->usual_seconds) return;
  expected_ += work_of(*result.test);
  spent_ += result.seconds() * places_of(*result.test);
}

std::optional<double> TimeLeft::seconds(const Progress& progress) const {
  constexpr double kEnough = 1;  // of work, to tell this machine's pace from noise
  if (!is_known_) return std::nullopt;
  const double pace = expected_ > kEnough ? spent_ / expected_ : 1;
  double work = work_ * pace;
  double longest = 0;
  for (const auto& running : progress.running) {
    const double all = work_of(*running.test) * pace;
    const double done = std::min(all, running.seconds * places_of(*running.test));
    work -= done;
    longest = std::max(longest, (all - done) / places_of(*running.test));
  }
  return std::max({0.0, work / jobs_, longest});
}

}  // namespace roundtrip
