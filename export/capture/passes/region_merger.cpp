#include "export/capture/passes/region_merger.h"

#include <algorithm>

namespace roundtrip {
namespace {

void add_once(std::vector<GraphValue*>& values, GraphValue& value) {
  if (std::find(values.begin(), values.end(), &value) == values.end()) values.push_back(&value);
}

std::string submodule_name(std::size_t index) {
  return "submod_" + std::to_string(index);
}

/// A region that only writes has a result, too: Python drops it and what it writes.
void keep_last_result(Region& region) {
  for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
    for (GraphValue* result : (*node)->results()) add_once(region.outputs, *result);
    if (!region.outputs.empty()) return;
  }
}

}  // namespace

void find_crossings(const Graph& graph, std::vector<Region>& regions) {
  std::unordered_map<const Node*, Region*> regions_of;
  for (Region& region : regions) {
    for (const Node* node : region.nodes) regions_of.emplace(node, &region);
  }
  const auto region_of = [&](const GraphValue& value) -> Region* {
    const auto found = regions_of.find(value.producer());
    return found == regions_of.end() ? nullptr : found->second;
  };
  for (Region& region : regions) {
    for (const Node* node : region.nodes) {
      for (GraphValue* value : node->operands()) {
        Region* source = region_of(*value);
        if (source == &region) continue;
        if (source != nullptr) add_once(source->outputs, *value);
        add_once(region.inputs, *value);
      }
    }
  }
  for (const Argument& output : graph.outputs()) {
    for_each_value(output, [&](GraphValue& value) {
      if (Region* source = region_of(value)) add_once(source->outputs, value);
    });
  }
}

RegionMerger::RegionMerger(const Level& level, SplitGraph split_graph)
    : level_(level), split_graph_(std::move(split_graph)) {
  for (const Argument& input : level.graph.inputs()) {
    for_each_value(input, [this](const GraphValue& value) { namer_.create(value.name()); });
  }
}

void RegionMerger::merge(std::vector<Region> regions) {
  keep_names_of_results(regions);
  for (std::size_t i = 0; i < regions.size(); ++i) subgraphs_.insert(submodule_name(i));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (!regions[i].wrapper) {
      inline_nodes(regions[i]);
      subgraphs_.erase(submodule_name(i));
    } else if (!regions[i].nodes.empty()) {
      wrap(std::move(regions[i]), submodule_name(i));
    }
  }
  renaming_.apply(level_.graph);
}

void RegionMerger::keep_names_of_results(const std::vector<Region>& regions) {
  for (const Region& region : regions) {
    if (region.outputs.size() < 2) continue;
    for (const GraphValue* output : region.outputs) {
      if (namer_.create("getitem") == output->name() && region.wrapper) kept_.insert(output);
    }
  }
}

void RegionMerger::define(GraphValue& value, const std::string& candidate) {
  const bool kept = value.name() == candidate && kept_.erase(&value) > 0;
  renaming_.add(value, kept ? candidate : namer_.create(candidate));
}

void RegionMerger::inline_nodes(const Region& region) {
  for (Node* node : region.nodes) {
    for (GraphArgument* subgraph : node->subgraphs()) keep_apart(subgraph->name);
    if (!node->shares_name_with_result()) renaming_.add(*node, namer_.create(*node->name()));
    for (GraphValue* result : node->results()) define(*result, result->name());
  }
}

/// A subgraph that is there already makes way for those of this step, as in Python.
void RegionMerger::keep_apart(std::string& subgraph) {
  for (std::size_t i = 1; subgraphs_.count(subgraph) > 0; ++i) subgraph = submodule_name(i);
  subgraphs_.insert(subgraph);
}

void RegionMerger::wrap(Region region, const std::string& submodule) {
  if (region.outputs.empty()) keep_last_result(region);
  const bool single = region.outputs.size() == 1;
  NodeFields call;
  call.target = "torch.ops.higher_order." + region.wrapper->name;
  call.is_hop_single_tensor_return = false;
  call.name = namer_.create(single ? region.outputs[0]->name() : region.wrapper->name);
  const auto add_input = [&](Argument argument) {
    call.inputs.push_back({"", std::move(argument), ArgumentKind::positional});
  };
  for (const Argument& argument : region.wrapper->arguments) add_input(argument);
  add_input(GraphArgument{submodule, Box<Graph>(subgraph(region))});
  for (GraphValue* input : region.inputs) add_input(*input);
  for (GraphValue* output : region.outputs) {
    call.outputs.emplace_back(*output);
    define(*output, single ? "getitem" : output->name());
  }
  replace_nodes(region, std::move(call));
}

/// The region's nodes in a graph of their own, with values of the same names.
Graph RegionMerger::subgraph(const Region& region) {
  Graph body;
  std::unordered_map<const GraphValue*, GraphValue*> inside;
  const auto add = [&](const GraphValue& value) -> GraphValue& {
    return *(inside[&value] = &body.add_value(value.name(), value.type()));
  };
  const auto same = [&](const GraphValue& value) { return inside.at(&value); };
  for (const GraphValue* input : region.inputs) body.add_input(add(*input));
  for (const Node* node : region.nodes) {
    NodeFields fields{node->target(),
                      node->inputs(),
                      node->outputs(),
                      node->metadata(),
                      node->is_hop_single_tensor_return(),
                      node->name()};
    for (NamedArgument& input : fields.inputs) map_values(input.arg, same);
    for (Argument& output : fields.outputs) {
      map_values(output, [&](const GraphValue& value) { return &add(value); });
    }
    level_.records.emplace(&body.append(std::move(fields)), level_.records.at(node));
  }
  for (const GraphValue* output : region.outputs) body.add_output(*same(*output));
  split_graph_({body, level_.records, region.wrapper->grad_mode, level_.in_branch});
  return body;
}

/// What left the region is given by the call from here on.
void RegionMerger::replace_nodes(const Region& region, NodeFields call) {
  std::vector<Type> types;
  for (const GraphValue* output : region.outputs) types.push_back(output->type());
  Graph& graph = level_.graph;
  Node* before = region.nodes.front()->previous();
  for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
    (*node)->set_outputs({});
    graph.erase(**node);
  }
  std::string name = std::exchange(call.name, std::nullopt).value();
  Node& inserted = graph.insert_after(before, std::move(call));
  renaming_.add(inserted, std::move(name));
  for (std::size_t i = 0; i < types.size(); ++i) graph.set_type(*region.outputs[i], types[i]);
  graph.erase_undefined();
  NodeRecord& record = level_.records[&inserted];
  record.writes = true;
  record.before = region.before;
}

}  // namespace roundtrip
