#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace roundtrip {

/// Unique node names as a `torch.fx.Graph` hands them out: `add`, `add_1`, and
/// `sum_1` because `sum` is a Python builtin.
class FxNamer {
 public:
  std::string create(std::string_view candidate);

 private:
  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, int> last_suffix_;
};

/// The candidate fx makes of an operator's name: `__and__` gives `and`,
/// `fft_fft` itself.
std::string fx_candidate(std::string_view operator_name);

/// Final names as the last pass of `torch.export` gives them: a graph's inputs
/// first, then its nodes, each keeping its name if it can.
class PlaceholderNamer {
 public:
  std::string input(std::string name);
  std::string node(std::string name);

 private:
  std::string claim(std::string name, const std::string& key);

  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, int> largest_suffix_;
};

}  // namespace roundtrip
