#include "export/graph/call_runs.h"

#include <algorithm>
#include <unordered_map>

namespace roundtrip {
namespace {

/// Nodes that follow each other in one call.
struct CallRun {
  std::vector<std::size_t> nodes;
};

/// By the calls at one depth, below which stacks are cut already.
class Runs {
 public:
  Runs(const std::vector<std::vector<std::string>>& calls, std::vector<std::size_t>& depths)
      : calls_(calls), depths_(depths) {}

  void cut(std::size_t depth) {
    find(depth);
    for (auto& [call, runs] : runs_) {
      const auto longest =
          std::max_element(runs.begin(), runs.end(), [](const CallRun& left, const CallRun& right) {
            return left.nodes.size() < right.nodes.size();
          });
      for (auto run = runs.begin(); run != runs.end(); ++run) {
        if (run == longest) continue;
        for (const std::size_t node : run->nodes) depths_[node] = depth;
      }
    }
  }

 private:
  void find(std::size_t depth) {
    const std::string* open = nullptr;
    for (std::size_t node = 0; node < calls_.size(); ++node) {
      if (calls_[node].empty()) continue;
      const bool is_deep = depths_[node] > depth;
      if (is_deep && (open == nullptr || *open != calls_[node][depth])) {
        runs_[calls_[node][depth]].emplace_back();
      }
      open = is_deep ? &calls_[node][depth] : nullptr;
      if (is_deep) runs_[*open].back().nodes.push_back(node);
    }
  }

  const std::vector<std::vector<std::string>>& calls_;
  std::vector<std::size_t>& depths_;
  std::unordered_map<std::string, std::vector<CallRun>> runs_;
};

}  // namespace

std::vector<std::size_t> depths_of_runs(const std::vector<std::vector<std::string>>& calls) {
  std::vector<std::size_t> depths;
  std::size_t deepest = 0;
  for (const auto& stack : calls) {
    depths.push_back(stack.size());
    deepest = std::max(deepest, stack.size());
  }
  for (std::size_t depth = 0; depth < deepest; ++depth) Runs(calls, depths).cut(depth);
  return depths;
}

}  // namespace roundtrip
