#include "export/capture/grad_regions.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "export/capture/arguments.h"
#include "export/program/fx_names.h"

namespace roundtrip {
namespace {

using NameMap = std::unordered_map<std::string, std::string>;

/// Nodes in a row that were called under one gradient mode, and the values that
/// enter and leave it, each in the order of its first use.
struct Region {
  bool grad_mode;
  std::vector<Node> nodes;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// The first region has forward's own mode and may be empty.
std::vector<Region> find_regions(Trace& trace) {
  std::vector<Region> regions{{trace.grad_mode, {}, {}, {}}};
  for (auto& [node, grad_mode, bindings] : trace.nodes) {
    if (grad_mode != regions.back().grad_mode) regions.push_back({grad_mode, {}, {}, {}});
    regions.back().nodes.push_back(std::move(node));
  }
  return regions;
}

/// Finds what crosses the regions' borders. Graph inputs belong to no region.
void find_crossings(std::vector<Region>& regions, std::vector<Argument>& graph_outputs) {
  std::unordered_map<std::string, Region*> defined_in;
  for (Region& region : regions) {
    for (Node& node : region.nodes) {
      for (NamedArgument& input : node.inputs) {
        visit_value_names(input.arg, [&](std::string& name) {
          Region* source = defined_in[name];
          if (source == &region) return;
          if (source != nullptr) add_once(source->outputs, name);
          add_once(region.inputs, name);
        });
      }
      for (Argument& output : node.outputs) {
        visit_value_names(output, [&](std::string& name) { defined_in[name] = &region; });
      }
    }
  }
  for (Argument& output : graph_outputs) {
    visit_value_names(output, [&](std::string& name) {
      if (Region* source = defined_in[name]) add_once(source->outputs, name);
    });
  }
}

void rename(Argument& argument, const NameMap& names) {
  visit_value_names(argument, [&](std::string& name) {
    if (const auto found = names.find(name); found != names.end()) name = found->second;
  });
}

/// Builds the outer graph from the regions. Names follow the steps of Python's
/// pass: splitting puts a `getitem` for each result of a region that has several,
/// then regions are inlined or wrapped, in order, in the same name space.
class RegionMerger {
 public:
  explicit RegionMerger(const Trace& trace) : trace_(trace) {}

  Graph merge(std::vector<Region> regions, bool grad_mode) {
    for (const Region& region : regions) {
      if (regions.size() == 1 || region.outputs.size() < 2) continue;
      for (std::size_t i = 0; i < region.outputs.size(); ++i) namer_.create("getitem");
    }
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (regions[i].grad_mode == grad_mode) {
        inline_nodes(std::move(regions[i]));
      } else {
        wrap(std::move(regions[i]), "submod_" + std::to_string(i));
      }
    }
    return std::move(graph_);
  }

  const NameMap& names() const { return names_; }

 private:
  std::string define(const std::string& old_name, const std::string& candidate) {
    std::string name = namer_.create(candidate);
    enter(graph_, name, old_name);
    return names_[old_name] = name;
  }

  void inline_nodes(Region region) {
    for (Node& node : region.nodes) {
      for (NamedArgument& input : node.inputs) rename(input.arg, names_);
      inline_names(node);
      graph_.nodes.push_back(std::move(node));
    }
  }

  void inline_names(Node& node) {
    const std::string old_name = *node.name;
    const bool bears_name = result_bears_name(node);
    if (!bears_name) node.name = namer_.create(old_name);
    for (Argument& output : node.outputs) {
      visit_value_names(output, [this](std::string& name) { name = define(name, name); });
    }
    if (bears_name) {
      visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
    }
  }

  void wrap(Region region, const std::string& submodule) {
    // Python drops a region without results; what it writes to would be lost.
    if (region.outputs.empty()) keep_last_result(region);
    const bool single = region.outputs.size() == 1;
    Node node;
    node.target = "torch.ops.higher_order.wrap_with_set_grad_enabled";
    node.is_hop_single_tensor_return = false;
    node.name = namer_.create(single ? region.outputs[0] : "wrap_with_set_grad_enabled");
    node.inputs = {{"", {region.grad_mode}, ArgumentKind::positional},
                   {"", {NoneArgument{}}, ArgumentKind::positional}};
    for (const std::string& name : region.inputs) {
      node.inputs.push_back({"", value_argument(trace_, name), ArgumentKind::positional});
      rename(node.inputs.back().arg, names_);
    }
    for (const std::string& name : region.outputs) {
      node.outputs.push_back(value_argument(trace_, name));
      visit_value_names(node.outputs.back(), [&](std::string& output) {
        output = define(name, single ? "getitem" : name);
      });
    }
    node.inputs[1].arg = {GraphArgument{submodule, Box(subgraph(std::move(region)))}};
    graph_.nodes.push_back(std::move(node));
  }

  static void keep_last_result(Region& region) {
    for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
      for (Argument& output : node->outputs) {
        visit_value_names(output, [&](std::string& name) { add_once(region.outputs, name); });
      }
      if (!region.outputs.empty()) return;
    }
  }

  Graph subgraph(Region region) const {
    Graph graph;
    std::unordered_set<std::string> entered;
    const auto define = [&](std::string& name) {
      if (entered.insert(name).second) enter(graph, name, name);
    };
    for (std::string& name : region.inputs) {
      define(name);
      graph.inputs.push_back(value_argument(trace_, name));
    }
    for (Node& node : region.nodes) {
      for (Argument& output : node.outputs) visit_value_names(output, define);
    }
    for (const std::string& name : region.outputs) {
      graph.outputs.push_back(value_argument(trace_, name));
    }
    graph.nodes = std::move(region.nodes);
    return graph;
  }

  /// Enters a value of the trace into the graph's table for its kind.
  void enter(Graph& graph, const std::string& name, const std::string& value) const {
    const auto number = trace_.numbers.find(value);
    if (number == trace_.numbers.end()) {
      graph.tensor_values.insert(name, trace_.values[value]);
    } else {
      add_number(graph, name, *trace_.symbols, number->second);
    }
  }

  const Trace& trace_;
  Graph graph_;
  FxNamespace namer_;
  NameMap names_;
};

}  // namespace

Graph split_grad_regions(Trace& trace) {
  std::vector<Region> regions = find_regions(trace);
  find_crossings(regions, trace.outputs);
  RegionMerger merger(trace);
  Graph graph = merger.merge(std::move(regions), trace.grad_mode);
  for (Argument& output : trace.outputs) rename(output, merger.names());
  graph.outputs = std::move(trace.outputs);
  return graph;
}

}  // namespace roundtrip
