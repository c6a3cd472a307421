#include "export/capture/passes/mode_regions.h"

#include <c10/core/DeviceType.h>

#include <utility>

#include "export/capture/passes/region_merger.h"
#include "export/capture/trace/arguments.h"

namespace roundtrip {
namespace {

using Change = ModeChange::Kind;

Region inlined() {
  return {};
}

Region grad_region(bool grad_mode) {
  Region region;
  region.wrapper = Wrapper{"wrap_with_set_grad_enabled", {{grad_mode}}, grad_mode};
  return region;
}

/// Python switches the cache off while it traces, and then writes that down; in a
/// branch of control flow it does not.
schema::Argument cache_argument(const AutocastSettings& settings, bool in_branch) {
  if (settings.cache_enabled) return {*settings.cache_enabled};
  return in_branch ? schema::Argument{NoneArgument{}} : schema::Argument{false};
}

Region autocast_region(const AutocastSettings& settings, const Level& level) {
  Region region;
  region.wrapper = Wrapper{"wrap_with_autocast",
                           {{c10::DeviceTypeName(settings.device, /*lower_case=*/true)},
                            {*settings.dtype},
                            {settings.enabled},
                            cache_argument(settings, level.in_branch)},
                           level.grad_mode};
  return region;
}

void append(std::vector<ModeChange>& changes, const std::vector<ModeChange>& more) {
  changes.insert(changes.end(), more.begin(), more.end());
}

int depth_change(const ModeChange& change) {
  if (change.kind == Change::grad_mode) return 0;
  return change.kind == Change::enter_autocast ? 1 : -1;
}

/// Splits a level wherever the gradient mode changes outside of autocast regions. A
/// part that is under the level's own mode stays.
std::vector<Region> split_by_grad_mode(Level& level) {
  std::vector<Region> regions{inlined()};
  std::vector<ModeChange> outer;  // changes of the level itself, since its last node
  int depth = 0;
  for (TracedNode& traced : level.nodes) {
    std::vector<ModeChange> inner;  // changes since the region began
    for (const ModeChange& change : traced.before) {
      if (change.kind == Change::grad_mode && depth == 0) {
        if (!regions.back().wrapper) append(outer, inner);
        inner.clear();
        const bool own = change.grad_mode == level.grad_mode;
        regions.push_back(own ? inlined() : grad_region(change.grad_mode));
      } else {
        depth += depth_change(change);
        inner.push_back(change);
      }
    }
    Region& region = regions.back();
    if (!region.wrapper) inner.insert(inner.begin(), outer.begin(), outer.end());
    if (region.wrapper) append(region.before, outer);
    outer.clear();
    traced.before = std::move(inner);
    region.nodes.push_back(std::move(traced));
  }
  return regions;
}

/// Splits a level at its outermost autocast regions.
std::vector<Region> split_by_autocast(Level& level) {
  std::vector<Region> regions{inlined()};
  int depth = 0;
  for (TracedNode& traced : level.nodes) {
    std::vector<ModeChange> inner;
    for (ModeChange& change : traced.before) {
      const bool enters = change.kind == Change::enter_autocast;
      if (enters && depth == 0) {
        regions.push_back(autocast_region(change.autocast, level));
        inner.clear();
      } else {
        inner.push_back(change);
      }
      depth += depth_change(change);
      if (depth == 0) inner.clear();
    }
    if (depth == 0 && regions.back().wrapper) regions.push_back(inlined());
    traced.before = std::move(inner);
    regions.back().nodes.push_back(std::move(traced));
  }
  return regions;
}

schema::Graph build_graph(const Trace& trace, Level& level);

/// Puts regions in the place of the level's nodes.
void merge(const Trace& trace, std::vector<Region> regions, Level& level) {
  find_crossings(regions, level.outputs);
  RegionMerger merger(trace, level, [&trace](Level inner) { return build_graph(trace, inner); });
  level = merger.merge(std::move(regions));
}

/// The nodes and outputs of a graph and the values it defines.
schema::Graph build_graph(const Trace& trace, Level& level) {
  for (const auto split : {split_by_grad_mode, split_by_autocast}) {
    std::vector<Region> regions = split(level);
    if (regions.size() == 1) {
      level.nodes = std::move(regions.front().nodes);
    } else {
      merge(trace, std::move(regions), level);
    }
  }
  schema::Graph graph;
  for (TracedNode& traced : level.nodes) {
    for (schema::Argument& output : traced.node.outputs) {
      visit_value_names(output, [&](std::string& name) { level.enter(trace, graph, name); });
    }
    graph.nodes.push_back(std::move(traced.node));
  }
  graph.outputs = std::move(level.outputs);
  return graph;
}

/// Signatures of module calls know values by their names in the trace.
void rename_signatures(const schema::Graph& graph, const Level& level,
                       std::vector<schema::ModuleCallEntry>& calls) {
  std::unordered_map<std::string, std::string> names;
  const auto add = [&](const auto& table) {
    for (const auto& entry : table) names[level.origin(entry.key())] = entry.key();
  };
  add(graph.tensor_values);
  for (schema::ModuleCallEntry& call : calls) {
    for (auto* arguments : {&call.signature->inputs, &call.signature->outputs}) {
      for (schema::Argument& argument : *arguments) {
        visit_value_names(argument, [&](std::string& name) {
          if (const auto found = names.find(name); found != names.end()) name = found->second;
        });
      }
    }
  }
}

}  // namespace

schema::Graph split_mode_regions(Trace& trace) {
  Level level;
  level.grad_mode = trace.grad_mode;
  level.in_branch = trace.in_branch;
  level.nodes = std::move(trace.nodes);
  level.outputs = std::move(trace.outputs);
  schema::Graph graph = build_graph(trace, level);
  rename_signatures(graph, level, trace.module_calls);
  return graph;
}

}  // namespace roundtrip
