#include "export/decompose/module_order.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "export/program/state_inputs.h"

namespace roundtrip {
namespace {

/// The modules that names of state tell of, in the order in which they first do.
class Modules {
 public:
  /// Of each module on the way to the tensor, from the root, which of its siblings it is. The
  /// tensor itself comes before all of its module's submodules.
  std::vector<std::size_t> place_of(const std::string& tensor) {
    std::vector<std::size_t> place;
    for (auto dot = tensor.find('.'); dot != std::string::npos; dot = tensor.find('.', dot + 1)) {
      place.push_back(index_.emplace(tensor.substr(0, dot), index_.size()).first->second);
    }
    return place;
  }

 private:
  std::map<std::string, std::size_t> index_;
};

}  // namespace

Program in_module_order(Program program) {
  auto& specs = program.graph_module.signature.input_specs;
  auto& inputs = program.graph_module.graph.inputs;
  struct Entry {
    bool is_parameter;
    std::vector<std::size_t> place;
    StateKind kind;
    std::size_t index;
  };
  Modules modules;
  std::vector<Entry> order;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto state = state_of(specs[i]);
    if (!state) continue;
    order.push_back(
        {state->kind == StateKind::parameter, modules.place_of(state->target), state->kind, i});
  }
  std::vector<std::size_t> free;
  for (const Entry& entry : order) free.push_back(entry.index);
  std::stable_sort(order.begin(), order.end(), [](const Entry& left, const Entry& right) {
    if (left.is_parameter != right.is_parameter) return left.is_parameter;
    return std::tie(left.place, left.kind) < std::tie(right.place, right.kind);
  });
  const auto old_specs = specs;
  const auto old_inputs = inputs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    specs[free[i]] = old_specs[order[i].index];
    inputs[free[i]] = old_inputs[order[i].index];
  }
  return program;
}

}  // namespace roundtrip
