#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/process/process_tree.h"

namespace roundtrip {

/// The tests' processes among the children of this one, and what they leave running.
///
/// Each test's process adopts what its children leave running, and this process adopts what the
/// tests leave. When tests end at the same moment it is not known which of them left what: it is
/// reported for each. What outlives a test gets a moment to end by itself.
class TestProcesses {
 public:
  using Clock = std::chrono::steady_clock;

  /// News of a test: the wait status of its process, and what outlived that.
  using Tell =
      std::function<void(std::size_t id, int status, const std::vector<LeftProcess>& left)>;
  explicit TestProcesses(Tell tell) : tell_(std::move(tell)) {}

  void add(pid_t process, std::size_t id) { tests_[process] = {id}; }

  /// Handles what has changed among the children of this process since the last call. To be called
  /// on SIGCHLD and at `next_moment`.
  void reap();

  /// When the processes that outlived a test are killed; nothing if there are none.
  std::optional<Clock::time_point> next_moment() const;

 private:
  struct Test {
    std::size_t id = 0;
    std::vector<pid_t> strays{};                  ///< that outlived it
    std::optional<Clock::time_point> deadline{};  ///< once it has ended and they have not
  };

  std::set<pid_t> find_strays();
  std::vector<pid_t> take_ended(Clock::time_point now);
  bool has_ended(pid_t process, const Test& test);
  void assign(const std::set<pid_t>& strays, const std::vector<pid_t>& ended);
  static bool is_over(Test& test, const std::set<pid_t>& strays, Clock::time_point now);
  void conclude(pid_t process, const std::map<pid_t, LeftProcess>& left);

  Tell tell_;
  OwnChildren children_;
  std::map<pid_t, Test> tests_;
  /// Strays whose test is known, until they end.
  std::set<pid_t> owned_;
};

}  // namespace roundtrip
