#pragma once

#include <functional>

namespace roundtrip {

/// While it lives, code that ends this process with exit, quick_exit, _exit or _Exit calls
/// `handler` first, once, and the process ends with the status that it returns. Processes that
/// are forked from this one end as they like. At most one lives at a time.
class ExitGuard {
 public:
  explicit ExitGuard(std::function<int()> handler);
  ~ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
};

}  // namespace roundtrip
