#pragma once

#include <cstdint>

namespace roundtrip {

/// While one exists, what this thread does with expressions is counted, and too much of
/// it is a `ProgramError`: an expression of a file is untrusted, and a short one may ask
/// for more work than a machine can do. Within another one it does nothing.
class WorkLimit {
 public:
  WorkLimit();
  ~WorkLimit();
  WorkLimit(const WorkLimit&) = delete;
  WorkLimit& operator=(const WorkLimit&) = delete;

 private:
  bool outermost_;
};

/// Counts a step: a node looked at, compared or made.
void count_work();

}  // namespace roundtrip
