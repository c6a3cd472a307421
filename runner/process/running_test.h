#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runner/process/backtrace.h"
#include "runner/process/fd.h"
#include "runner/process/output_capture.h"
#include "runner/process/process_tree.h"
#include "runner/results/results.h"

namespace roundtrip {

/// One attempt at a test in its process, as the runner supervises it: reads its pipes,
/// keeps its time, ends it, and turns what became of it into an attempt.
class RunningTest {
 public:
  using Clock = std::chrono::steady_clock;

  /// The ends that the test's process is to hold; the caller closes them after
  /// handing them on.
  struct Ends {
    UniqueFd output;
    UniqueFd result;
  };

  /// What the test prints is kept, unless `captures` is false: then it goes to the standard
  /// output.
  RunningTest(std::size_t id, const PlannedTest& test, bool captures, Ends& ends);

  std::size_t id() const { return id_; }
  /// What only the test's process is told, so that nothing else can speak for it.
  const std::string& token() const { return token_; }
  const PlannedTest& test() const { return test_; }
  Clock::time_point started() const { return started_; }

  /// Negative once the stream has ended.
  int output_fd() const { return output_.get(); }
  int result_fd() const { return result_.get(); }
  void read_output();
  void read_result();

  /// Whether the process has said that it runs.
  bool has_begun() const { return pid_ > 0; }

  /// When `keep_time` or `became_slow` has something to do next.
  Clock::time_point next_moment() const {
    return is_slow_ ? deadline_ : std::min(slow_at_, deadline_);
  }

  /// Asks a test that exceeds its time to end, then kills it. False when even
  /// that had no effect: its worker no longer answers.
  bool keep_time(Clock::time_point now);

  /// Whether the test has just become slow; true once.
  bool became_slow(Clock::time_point now);

  /// Asks the test to end, because the run ends.
  void interrupt();

  /// Kills the test's process group.
  void kill();

  /// Stops the test's process group, or continues it; the time between does not count. A
  /// process that was just started gets a second to report its id.
  void pause();
  void go_on(Clock::duration paused);

  /// Takes a wait status of the process: stopped, continued or ended. Returns true if it has ended.
  bool note_status(int status);

  /// What became of a test whose process ended with the wait status `status`, and which, or
  /// another that ended in the same moment, left these processes running.
  Attempt conclude(int status, const std::vector<LeftProcess>& left_running);

  /// What became of a test that was not started, whatever is expected of it.
  Attempt conclude(const TestOutcome& not_started);

  /// What became of a test that has no process, or none that can be waited for.
  Attempt conclude(Outcome outcome, const std::string& message);

 private:
  enum class Phase { running, asked_to_end, killed };

  void await_begin();
  void signal_group(int number) const;
  void next_phase(Phase phase, int number, Clock::time_point now);
  void parse_result();
  void parse_line(const std::string& line);
  void parse_outcome(const std::string& line);
  void parse_frame(const std::string& line);
  /// What is worth telling of the stacks of a test that ended so.
  std::string backtrace(Outcome outcome) const;
  std::string timeout_message() const;
  Attempt conclude(int status);
  void charge_for_leaks(Attempt& attempt) const;
  std::optional<std::string> trouble(int status) const;
  std::string with_memory_limit(std::string message) const;

  std::size_t id_;
  std::string token_;
  const PlannedTest& test_;
  UniqueFd output_;
  UniqueFd result_;
  Clock::time_point started_;
  Clock::time_point slow_at_;
  Clock::time_point deadline_;
  Phase phase_ = Phase::running;
  bool timed_out_ = false;
  bool is_slow_ = false;
  pid_t pid_ = -1;
  int stopped_by_ = 0;  ///< the signal, while the process is stopped
  std::string result_text_;
  OutputCapture captured_;
  std::optional<TestOutcome> outcome_;
  /// The processes that the test said it leaves running, once it has an outcome.
  std::vector<pid_t> children_;
  /// What a process that crashes or takes too long wrote of its stacks.
  std::vector<ThreadStack> stacks_;
  /// Where exceptions that left the test were thrown.
  ThreadStack thrown_;
  std::size_t frames_ = 0;  ///< in all of these
};

}  // namespace roundtrip
