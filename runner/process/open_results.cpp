#include "runner/process/open_results.h"

#include <utility>

namespace roundtrip {

bool OpenResults::has_tries_left(std::size_t id, const TestResult& result) const {
  const TestSettings& settings = plan_[id].settings;
  if (!result.fails() || result.outcome == Outcome::xpassed) return false;
  const bool is_crash = result.outcome == Outcome::crashed || result.outcome == Outcome::timed_out;
  if (settings.retry_on == "crash" && !is_crash) return false;
  const auto tries = tries_.find(id);
  const std::size_t count = tries == tries_.end() ? 0 : tries->second.size();
  return count < static_cast<std::size_t>(settings.retries);
}

TestResult OpenResults::join(std::size_t id, Attempt last) {
  TestResult result = make_result(plan_[id], std::move(last));
  const auto tries = tries_.find(id);
  if (tries != tries_.end()) {
    if (result.outcome == Outcome::passed) result.outcome = Outcome::flaky;
    result.attempts.insert(result.attempts.begin(), tries->second.begin(), tries->second.end());
  }
  if (const auto good = good_.extract(id)) {
    result.runs += good.mapped().runs;
    result.is_slow = result.is_slow || good.mapped().is_slow;
  }
  return result;
}

const TestResult* OpenResults::find_kept(std::size_t id) const {
  const auto good = good_.find(id);
  return good == good_.end() ? nullptr : &good->second;
}

}  // namespace roundtrip
