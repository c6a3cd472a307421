#pragma once

#include <roundtrip/plugin.h>

#include <string>
#include <vector>

#include "runner/process/fd.h"

namespace roundtrip {

/// A test about to be run in a forked process of its own.
struct TestCall {
  const SuiteEntry& suite;
  const std::string& test;
  const SuiteOptions& options;
  const std::vector<const Transform*>& chain;
};

/// The life of a test process, from just after fork to `_exit`: leads a process
/// group of its own, sends its output to `output`, writes its pid and its outcome
/// to `result`, and ends with its worker `parent`.
[[noreturn]] void run_test_child(const TestCall& call, UniqueFd output, UniqueFd result,
                                 int parent);

}  // namespace roundtrip
