#include "export/decompose/module_order.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

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
  Graph& graph = program.graph_module.graph;
  struct Entry {
    InputKind kind;
    std::vector<std::size_t> place;
    std::size_t index;
  };
  Modules modules;
  std::vector<Entry> order;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].is_state()) {
      order.push_back({specs[i].kind, modules.place_of(specs[i].target), i});
    }
  }
  std::vector<std::size_t> free;
  for (const Entry& entry : order) free.push_back(entry.index);
  std::stable_sort(order.begin(), order.end(), [](const Entry& left, const Entry& right) {
    const bool is_parameter = left.kind == InputKind::parameter;
    if (is_parameter != (right.kind == InputKind::parameter)) return is_parameter;
    return std::tie(left.place, left.kind) < std::tie(right.place, right.kind);
  });
  const auto old_specs = specs;
  std::vector<Argument> inputs = graph.inputs();
  for (std::size_t i = 0; i < order.size(); ++i) {
    specs[free[i]] = old_specs[order[i].index];
    inputs[free[i]] = graph.inputs()[order[i].index];
  }
  graph.set_inputs(std::move(inputs));
  return program;
}

}  // namespace roundtrip
