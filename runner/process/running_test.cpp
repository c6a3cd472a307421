#include "runner/process/running_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <random>

#include "runner/process/backtrace.h"
#include "runner/process/protocol.h"
#include "runner/text/utf8.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

/// More than any honest result: a test that writes it itself is not believed.
constexpr std::size_t kLongestResult = 4 * 1024 * 1024;

RunningTest::Clock::duration seconds(double count) {
  return std::chrono::duration_cast<RunningTest::Clock::duration>(
      std::chrono::duration<double>(count));
}

std::string random_token() {
  static std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

}  // namespace

RunningTest::RunningTest(std::size_t id, const PlannedTest& test, bool captures, Ends& ends)
    : id_(id),
      token_(random_token()),
      test_(test),
      started_(Clock::now()),
      slow_at_(started_ + seconds(test.settings.slow)),
      deadline_(started_ + seconds(test.settings.timeout)),
      captured_(static_cast<std::size_t>(test.settings.output)) {
  Pipe result = make_signed_pipe();
  result_ = std::move(result.read);
  ends.result = std::move(result.write);
  if (!captures) {
    ends.output = duplicate(STDOUT_FILENO);
    return;
  }
  Pipe output = make_pipe();
  output_ = std::move(output.read);
  ends.output = std::move(output.write);
}

void RunningTest::read_output() {
  std::string bytes;
  if (!read_waiting(output_, bytes)) output_.reset();
  captured_.append(bytes);
}

void RunningTest::read_result() {
  std::vector<SignedBytes> parts;
  if (!read_waiting(result_, parts)) result_.reset();
  for (const auto& part : parts) {
    if (!has_begun()) pid_ = part.writer;  // it writes before any code of the test runs
    if (part.writer == pid_) result_text_ += part.bytes;
  }
  if (result_text_.size() > kLongestResult) result_.reset();
  if (!result_.is_open()) parse_result();
}

void RunningTest::parse_result() {
  std::size_t start = 0;
  for (std::size_t end; (end = result_text_.find('\n', start)) != std::string::npos;
       start = end + 1) {
    parse_line(result_text_.substr(start, end - start));
  }
  result_text_.erase(0, start);
}

void RunningTest::parse_line(const std::string& line) {
  constexpr std::string_view kPrefixes[] = {kThreadPrefix, kFramePrefix, kThrownPrefix};
  const bool is_frame = std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                                    [&](auto prefix) { return line.starts_with(prefix); });
  return is_frame ? parse_frame(line) : parse_outcome(line);
}

void RunningTest::parse_frame(const std::string& line) {
  constexpr std::size_t kMostLines = 8192;
  if (frames_++ >= kMostLines) return;
  if (line.starts_with(kThreadPrefix)) {
    stacks_.push_back({line.substr(kThreadPrefix.size())});
  } else if (line.starts_with(kThrownPrefix)) {
    thrown_.frames.push_back(line.substr(kThrownPrefix.size()));
  } else {
    if (stacks_.empty()) stacks_.emplace_back();
    stacks_.back().frames.push_back(line.substr(kFramePrefix.size()));
  }
}

void RunningTest::parse_outcome(const std::string& line) {
  try {
    const auto message = nlohmann::json::parse(line);
    if (message.at("token") != token_) return;
    children_ = message.at("children").get<std::vector<pid_t>>();
    outcome_ = message.at("outcome").get<TestOutcome>();
  } catch (const nlohmann::json::exception&) {
    // The test itself wrote to the pipe; without an outcome it counts as crashed.
  }
}

void RunningTest::await_begin() {
  constexpr int kLongest = 1000;  // milliseconds
  if (has_begun() || !result_.is_open()) return;
  pollfd pipe{result_.get(), POLLIN, 0};
  if (::poll(&pipe, 1, kLongest) > 0) read_result();
}

void RunningTest::signal_group(int number) const {
  if (has_begun()) ::kill(-pid_, number);
}

void RunningTest::next_phase(Phase phase, int number, Clock::time_point now) {
  signal_group(number);
  phase_ = phase;
  deadline_ = now + seconds(test_.settings.grace);
}

bool RunningTest::keep_time(Clock::time_point now) {
  if (now < deadline_) return true;
  switch (phase_) {
    case Phase::running:
      timed_out_ = true;
      next_phase(Phase::asked_to_end, SIGTERM, now);
      if (stopped_by_ != 0) signal_group(SIGCONT);  // or it would not hear that
      return true;
    case Phase::asked_to_end:
      next_phase(Phase::killed, SIGKILL, now);
      return true;
    case Phase::killed:
      return false;
  }
  return false;
}

bool RunningTest::became_slow(Clock::time_point now) {
  if (is_slow_ || now < slow_at_) return false;
  is_slow_ = true;
  return true;
}

void RunningTest::interrupt() {
  if (phase_ == Phase::running) next_phase(Phase::asked_to_end, SIGTERM, Clock::now());
}

void RunningTest::kill() {
  signal_group(SIGKILL);
}

void RunningTest::pause() {
  await_begin();
  signal_group(SIGSTOP);
}

void RunningTest::go_on(Clock::duration paused) {
  started_ += paused;
  slow_at_ += paused;
  deadline_ += paused;
  signal_group(SIGCONT);
}

bool RunningTest::note_status(int status) {
  if (WIFSTOPPED(status)) {
    if (!timed_out_) stopped_by_ = WSTOPSIG(status);
    return false;
  }
  if (!WIFCONTINUED(status)) return true;
  if (!timed_out_) stopped_by_ = 0;
  return false;
}

std::string RunningTest::timeout_message() const {
  const std::string text = fmt::format("did not finish within {} s", test_.settings.timeout);
  if (stopped_by_ == 0) return text;
  const std::string reason = stopped_by_ == SIGTTOU || stopped_by_ == SIGTTIN
                                 ? ", for it used the terminal, which is the runner's"
                                 : "";
  return fmt::format("{}: its process was stopped by {}{}", text, signal_name(stopped_by_), reason);
}

std::optional<std::string> RunningTest::trouble(int status) const {
  if (!WIFSIGNALED(status) && WEXITSTATUS(status) == 0 && outcome_) return std::nullopt;
  const std::string ended = describe_exit(status);
  if (!outcome_) return "the test's process " + ended + " before the test was over";
  return "the test's process " + ended + " after the test was over";
}

std::string RunningTest::with_memory_limit(std::string message) const {
  if (test_.settings.memory == 0) return message;
  return fmt::format("{}\n(its memory is limited to {} bytes)", message, test_.settings.memory);
}

/// A test whose settings forbid it fails for what it left, however it ended.
void RunningTest::charge_for_leaks(Attempt& attempt) const {
  const bool is_good = attempt.outcome == Outcome::passed || attempt.outcome == Outcome::xfailed;
  if (attempt.left_running.empty() || test_.settings.leaks != "fail" || !is_good) return;
  attempt.outcome = Outcome::failed;
  attempt.message =
      fmt::format("left running, until they were ended: {}", fmt::join(attempt.left_running, "; "));
}

Attempt RunningTest::conclude(int status, const std::vector<LeftProcess>& left_running) {
  Attempt attempt = conclude(status);
  for (const auto& [pid, text] : left_running) {
    const bool is_own =
        !outcome_ || std::find(children_.begin(), children_.end(), pid) != children_.end();
    if (is_own) attempt.left_running.push_back(valid_utf8(text));
  }
  charge_for_leaks(attempt);
  return attempt;
}

Attempt RunningTest::conclude(int status) {
  if (result_.is_open()) read_result();
  parse_result();
  if (timed_out_) return conclude(Outcome::timed_out, timeout_message());
  if (const auto text = trouble(status)) {
    return conclude(Outcome::crashed, with_memory_limit(*text));
  }
  const Outcome outcome = judge(outcome_->status, test_.xfail.has_value());
  return conclude(outcome, outcome == Outcome::error ? with_memory_limit(outcome_->message)
                                                     : outcome_->message);
}

Attempt RunningTest::conclude(const TestOutcome& not_started) {
  return conclude(judge_not_started(not_started.status), not_started.message);
}

/// Of one that fails as expected nobody looks for it, and it takes a while.
std::string RunningTest::backtrace(Outcome outcome) const {
  if (outcome == Outcome::xfailed) return "";
  const bool is_thrown = outcome == Outcome::error && !thrown_.frames.empty();
  return readable_backtrace(is_thrown ? std::vector{thrown_} : stacks_);
}

Attempt RunningTest::conclude(Outcome outcome, const std::string& message) {
  if (output_.is_open()) read_output();
  const std::chrono::duration<double> taken = Clock::now() - started_;
  return {outcome,
          taken.count(),
          valid_utf8(message),
          captured_.text(),
          valid_utf8(backtrace(outcome)),
          outcome_ ? outcome_->subcases : std::vector<std::string>(),
          {}};
}

}  // namespace roundtrip
