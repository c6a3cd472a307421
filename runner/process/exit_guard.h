#pragma once

#include <functional>

namespace roundtrip {

/// While an object exists, code that ends this process with exit, quick_exit, _exit or _Exit, or
/// makes another program of it with a function of the exec family, first calls `handler`, once, and
/// the process exits with the status that it returns. Forked processes are not affected. At most
/// one object exists at a time.
class ExitGuard {
 public:
  explicit ExitGuard(std::function<int()> handler);
  ~ExitGuard();

  /// `handler` is no longer needed. The process is to end with `status`, also where code that runs
  /// when it exits calls _exit.
  void finish(int status);

  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
};

}  // namespace roundtrip
