#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace roundtrip::pt2 {

/// What one file may take.
struct Limits {
  double seconds = 0;       ///< 0 is no limit
  std::int64_t memory = 0;  ///< bytes; 0 is no limit
};

/// Calls `work` in a process of its own, so that a file on which it crashes, runs out of memory or
/// does not end harms no other. Returns why it did not return; empty if it did, and then `result`
/// is its value, from 0 to 255. This process must have one thread.
std::string run_isolated(const std::function<int()>& work, const Limits& limits, int& result);

}  // namespace roundtrip::pt2
