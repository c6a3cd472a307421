#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "runner/process/channel.h"

namespace roundtrip {

/// The runner's hold on one worker process; the process ends with it. The worker
/// and its tests see OMP_NUM_THREADS=1 and GLIBC_TUNABLES (huge pages make fork
/// cheaper) unless the user's environment sets them.
class WorkerProcess {
 public:
  /// Starts this executable again as a worker, with these environment variables beside its
  /// own. Throws std::system_error.
  explicit WorkerProcess(const std::map<std::string, std::string>& environment);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  Channel& channel() { return channel_; }

  /// Whether `end` has not been called.
  bool is_running() const { return pid_ >= 0; }

  /// Ends the process, if it has not ended by itself, and says how it ended.
  std::string end();

 private:
  WorkerProcess(std::pair<UniqueFd, UniqueFd> sockets,
                const std::map<std::string, std::string>& environment);

  pid_t pid_ = -1;
  Channel channel_;
};

}  // namespace roundtrip
