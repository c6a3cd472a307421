#include "export/capture/modules/sequential_order.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace roundtrip {
namespace {

bool may_be(const SeenCall& call, std::size_t child, const ModuleTree& tree) {
  return call.module ? *call.module == child : tree.is_instance(child, call.class_name);
}

/// For each call the first child that it may be, behind those of the calls before; nothing if there
/// is none.
template <typename Calls, typename Children>
std::optional<std::vector<std::size_t>> first_fit(const Calls& calls, const Children& children,
                                                  const ModuleTree& tree) {
  std::vector<std::size_t> fit;
  auto child = children.begin();
  for (const SeenCall* call : calls) {
    child = std::find_if(child, children.end(),
                         [&](std::size_t one) { return may_be(*call, one, tree); });
    if (child == children.end()) return std::nullopt;
    fit.push_back(*child++);
  }
  return fit;
}

/// The `Sequential` that all calls whose module is known are children of; none if there are others.
std::optional<std::size_t> sequential_of(const std::vector<SeenCall*>& calls,
                                         const ModuleTree& tree) {
  std::optional<std::size_t> found;
  for (const SeenCall* call : calls) {
    if (!call->module) continue;
    const auto parent = tree.parent(*call->module);
    if (!parent || !tree.is_instance(*parent, kSequential)) return std::nullopt;
    if (found && found != parent) return std::nullopt;
    found = parent;
  }
  return found;
}

bool is_of_any_module(const SeenItem& item) {
  return item.call && item.call->is_of_any_module;
}

template <typename Range>
Range reversed(Range range) {
  std::reverse(range.begin(), range.end());
  return range;
}

}  // namespace

void order_children(std::size_t module, const std::vector<SeenCall*>& calls,
                    const ModuleTree& tree) {
  if (!tree.is_instance(module, kSequential)) return;
  const std::vector<std::size_t> children = tree.children(module);
  const auto earliest = first_fit(calls, children, tree);
  const auto latest = first_fit(reversed(calls), reversed(children), tree);
  if (!earliest || !latest) return;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if ((*earliest)[i] == latest->rbegin()[static_cast<std::ptrdiff_t>(i)]) {
      calls[i]->module = (*earliest)[i];
    }
  }
}

void restore_sequentials(std::vector<SeenItem>& items, const ModuleTree& tree) {
  std::vector<SeenItem> restored;
  for (auto item = items.begin(); item != items.end();) {
    const auto end = std::find_if_not(item, items.end(), is_of_any_module);
    std::vector<SeenCall*> calls;
    for (auto one = item; one != end; ++one) calls.push_back(one->call.get());
    const auto sequential = sequential_of(calls, tree);
    if (sequential && first_fit(calls, tree.children(*sequential), tree)) {
      auto call = std::make_unique<SeenCall>();
      call->is_hidden = true;
      call->module = sequential;
      std::move(item, end, std::back_inserter(call->items));
      restored.push_back({0, std::move(call)});
    } else {
      std::move(item, end, std::back_inserter(restored));
    }
    item = end;
    if (item != items.end()) restored.push_back(std::move(*item++));
  }
  items = std::move(restored);
}

}  // namespace roundtrip
