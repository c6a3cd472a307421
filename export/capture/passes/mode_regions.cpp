#include "export/capture/passes/mode_regions.h"

#include <c10/core/DeviceType.h>

#include <utility>

#include "export/capture/passes/region_merger.h"

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
Argument cache_argument(const AutocastSettings& settings, bool in_branch) {
  if (settings.cache_enabled) return {*settings.cache_enabled};
  return in_branch ? Argument{NoneArgument{}} : Argument{false};
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
std::vector<Region> split_by_grad_mode(const Level& level) {
  std::vector<Region> regions{inlined()};
  std::vector<ModeChange> outer;  // changes of the level itself, since its last node
  int depth = 0;
  for (Node& node : level.graph.nodes()) {
    std::vector<ModeChange>& before = level.records.at(&node).before;
    std::vector<ModeChange> inner;  // changes since the region began
    for (const ModeChange& change : before) {
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
    before = std::move(inner);
    region.nodes.push_back(&node);
  }
  return regions;
}

/// Splits a level at its outermost autocast regions.
std::vector<Region> split_by_autocast(const Level& level) {
  std::vector<Region> regions{inlined()};
  int depth = 0;
  for (Node& node : level.graph.nodes()) {
    std::vector<ModeChange>& before = level.records.at(&node).before;
    std::vector<ModeChange> inner;
    for (const ModeChange& change : before) {
      if (change.kind == Change::enter_autocast && depth == 0) {
        regions.push_back(autocast_region(change.autocast, level));
        inner.clear();
      } else {
        inner.push_back(change);
      }
      depth += depth_change(change);
      if (depth == 0) inner.clear();
    }
    if (depth == 0 && regions.back().wrapper) regions.push_back(inlined());
    before = std::move(inner);
    regions.back().nodes.push_back(&node);
  }
  return regions;
}

void split(const Level& level) {
  for (const auto split_by : {split_by_grad_mode, split_by_autocast}) {
    std::vector<Region> regions = split_by(level);
    if (regions.size() == 1) continue;
    find_crossings(level.graph, regions);
    RegionMerger(level, split).merge(std::move(regions));
  }
}

}  // namespace

void split_mode_regions(Trace& trace) {
  split({trace.graph, trace.records, trace.grad_mode, trace.in_branch});
}

}  // namespace roundtrip
