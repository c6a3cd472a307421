#pragma once

namespace roundtrip {

/// The descriptor on which a worker process finds its end of the channel.
inline constexpr int kWorkerChannelFd = 3;

/// The life of a worker process: loads plugins, lists tests and forks one process
/// a test, as the runner asks (protocol.h), until the runner closes the channel.
/// Stays single-threaded. Returns the exit code.
int run_worker();

}  // namespace roundtrip
