#include "export/capture/passes/region_merger.h"

#include <algorithm>

#include "export/capture/trace/arguments.h"

namespace roundtrip {
namespace {

using NameMap = std::unordered_map<std::string, std::string>;

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void rename(schema::Argument& argument, const NameMap& names) {
  visit_value_names(argument, [&](std::string& name) {
    if (const auto found = names.find(name); found != names.end()) name = found->second;
  });
}

std::string submodule_name(std::size_t index) {
  return "submod_" + std::to_string(index);
}

/// A region that only writes has a result, too: Python drops it and what it writes.
void keep_last_result(Region& region) {
  for (auto traced = region.nodes.rbegin(); traced != region.nodes.rend(); ++traced) {
    for (schema::Argument& output : traced->node.outputs) {
      visit_value_names(output, [&](std::string& name) { add_once(region.outputs, name); });
    }
    if (!region.outputs.empty()) return;
  }
}

}  // namespace

const std::string& Level::origin(const std::string& name) const {
  const auto found = origins.find(name);
  return found == origins.end() ? name : found->second;
}

void Level::enter(const Trace& trace, schema::Graph& graph, const std::string& name) const {
  const auto number = trace.numbers.find(origin(name));
  if (number == trace.numbers.end()) {
    graph.tensor_values.insert(name, trace.values[origin(name)]);
  } else {
    add_number(graph, name, *trace.symbols, number->second);
  }
}

void find_crossings(std::vector<Region>& regions, std::vector<schema::Argument>& graph_outputs) {
  std::unordered_map<std::string, Region*> defined_in;
  for (Region& region : regions) {
    for (TracedNode& traced : region.nodes) {
      for (schema::NamedArgument& input : traced.node.inputs) {
        visit_value_names(input.arg, [&](std::string& name) {
          Region* source = defined_in[name];
          if (source == &region) return;
          if (source != nullptr) add_once(source->outputs, name);
          add_once(region.inputs, name);
        });
      }
      for (schema::Argument& output : traced.node.outputs) {
        visit_value_names(output, [&](std::string& name) { defined_in[name] = &region; });
      }
    }
  }
  for (schema::Argument& output : graph_outputs) {
    visit_value_names(output, [&](std::string& name) {
      if (Region* source = defined_in[name]) add_once(source->outputs, name);
    });
  }
}

RegionMerger::RegionMerger(const Trace& trace, const Level& level, MakeGraph make_graph)
    : trace_(trace), old_(level), make_graph_(std::move(make_graph)) {
  level_.grad_mode = level.grad_mode;
  level_.in_branch = level.in_branch;
  level_.inputs = level.inputs;
  for (const std::string& name : level.inputs) {
    namer_.create(name);
    level_.origins[name] = level.origin(name);
  }
}

Level RegionMerger::merge(std::vector<Region> regions) {
  for (const Region& region : regions) {
    if (region.outputs.size() < 2) continue;
    for (const std::string& output : region.outputs) {
      if (namer_.create("getitem") == output && region.wrapper) kept_.insert(output);
    }
  }
  for (std::size_t i = 0; i < regions.size(); ++i) subgraphs_.insert(submodule_name(i));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (!regions[i].wrapper) {
      inline_nodes(std::move(regions[i]));
      subgraphs_.erase(submodule_name(i));
    } else if (!regions[i].nodes.empty()) {
      wrap(std::move(regions[i]), submodule_name(i));
    }
  }
  level_.outputs = old_.outputs;
  for (schema::Argument& output : level_.outputs) rename(output, names_);
  return std::move(level_);
}

std::string RegionMerger::define(const std::string& old_name, const std::string& candidate) {
  const bool kept = old_name == candidate && kept_.erase(candidate) > 0;
  std::string name = kept ? candidate : namer_.create(candidate);
  level_.origins[name] = old_.origin(old_name);
  return names_[old_name] = name;
}

void RegionMerger::inline_nodes(Region region) {
  for (TracedNode& traced : region.nodes) {
    for (schema::NamedArgument& input : traced.node.inputs) {
      rename(input.arg, names_);
      if (auto* subgraph = input.arg.get<schema::GraphArgument>()) keep_apart(subgraph->name);
    }
    rename_results(traced.node);
    level_.nodes.push_back(std::move(traced));
  }
}

/// A subgraph that is there already makes way for those of this step, as in Python.
void RegionMerger::keep_apart(std::string& subgraph) {
  for (std::size_t i = 1; subgraphs_.count(subgraph) > 0; ++i) subgraph = submodule_name(i);
  subgraphs_.insert(subgraph);
}

void RegionMerger::rename_results(schema::Node& node) {
  const std::string old_name = *node.name;
  const bool bears_name = result_bears_name(node);
  if (!bears_name) node.name = namer_.create(old_name);
  for (schema::Argument& output : node.outputs) {
    visit_value_names(output, [this](std::string& name) { name = define(name, name); });
  }
  if (!bears_name) return;
  visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
}

void RegionMerger::wrap(Region region, const std::string& submodule) {
  if (region.outputs.empty()) keep_last_result(region);
  const bool single = region.outputs.size() == 1;
  TracedNode traced{};
  traced.writes = true;
  traced.before = std::move(region.before);
  schema::Node& node = traced.node;
  node.target = "torch.ops.higher_order." + region.wrapper->name;
  node.is_hop_single_tensor_return = false;
  node.name = namer_.create(single ? region.outputs[0] : region.wrapper->name);
  for (const schema::Argument& value : region.wrapper->arguments) {
    node.inputs.push_back({"", value, ArgumentKind::positional});
  }
  const std::size_t graph = node.inputs.size();
  node.inputs.push_back({"", {NoneArgument{}}, ArgumentKind::positional});
  for (const std::string& name : region.inputs) {
    node.inputs.push_back(
        {"", value_argument(trace_, old_.origin(name)), ArgumentKind::positional});
    visit_value_names(node.inputs.back().arg, [&](std::string& value) { value = name; });
    rename(node.inputs.back().arg, names_);
  }
  for (const std::string& name : region.outputs) {
    node.outputs.push_back(value_argument(trace_, old_.origin(name)));
    visit_value_names(node.outputs.back(),
                      [&](std::string& value) { value = define(name, single ? "getitem" : name); });
  }
  node.inputs[graph].arg = {schema::GraphArgument{submodule, Box(subgraph(std::move(region)))}};
  level_.nodes.push_back(std::move(traced));
}

schema::Graph RegionMerger::subgraph(Region region) const {
  Level inner;
  inner.grad_mode = region.wrapper->grad_mode;
  inner.in_branch = old_.in_branch;
  inner.origins = old_.origins;
  inner.inputs = region.inputs;
  inner.nodes = std::move(region.nodes);
  const auto argument = [this](const std::string& name) {
    schema::Argument value = value_argument(trace_, old_.origin(name));
    visit_value_names(value, [&](std::string& origin) { origin = name; });
    return value;
  };
  for (const std::string& name : region.outputs) inner.outputs.push_back(argument(name));
  schema::Graph graph;
  for (const std::string& name : region.inputs) {
    old_.enter(trace_, graph, name);
    graph.inputs.push_back(argument(name));
  }
  schema::Graph body = make_graph_(std::move(inner));
  graph.tensor_values.update(std::move(body.tensor_values));
  graph.sym_int_values.update(std::move(body.sym_int_values));
  graph.sym_float_values.update(std::move(body.sym_float_values));
  graph.sym_bool_values.update(std::move(body.sym_bool_values));
  graph.outputs = std::move(body.outputs);
  graph.nodes = std::move(body.nodes);
  return graph;
}

}  // namespace roundtrip
