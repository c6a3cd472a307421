#pragma once

#include <cstdint>

namespace roundtrip {

/// While it lives, a graph is being recorded, by this thread: operators that another thread
/// calls on its tensors are refused as such. All others that get traced tensors and are called
/// where no capture is under way are refused, too.
class LiveGraph {
 public:
  explicit LiveGraph(std::uint64_t graph);
  ~LiveGraph();
  LiveGraph(const LiveGraph&) = delete;
  LiveGraph& operator=(const LiveGraph&) = delete;

 private:
  std::uint64_t graph_;
};

}  // namespace roundtrip
