#include "export/compare/graph_difference.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "export/archive/schema_json.h"
#include "export/compare/layout_difference.h"
#include "export/compare/node_keys.h"
#include "export/compare/node_text.h"
#include "export/program/python/text.h"

namespace roundtrip::compare {

namespace {

std::vector<const GraphValue*> values_in(const std::vector<Argument>& arguments) {
  std::vector<const GraphValue*> values;
  for (const auto& argument : arguments) {
    for_each_value(argument, [&](const GraphValue& value) { values.push_back(&value); });
  }
  return values;
}

std::vector<std::string> names_of(const std::vector<const GraphValue*>& values) {
  std::vector<std::string> names;
  for (const auto* value : values) names.push_back(value->name());
  return names;
}

std::vector<const Node*> nodes_of(const Graph& graph) {
  std::vector<const Node*> nodes;
  for (const auto& node : graph.nodes()) nodes.push_back(&node);
  return nodes;
}

/// Values of one name may be different ones.
Change::Detail difference_of(const std::string& what, const Argument& before,
                             const Argument& after) {
  const std::string old = argument_text(before), now = argument_text(after);
  return {what, old, old == now ? "another " + now : now};
}

const char* kind_text(const std::optional<ArgumentKind>& kind) {
  if (!kind) return "of no kind";
  return *kind == ArgumentKind::positional ? "by position" : "by keyword";
}

std::string text_of(const Metadata& metadata, const std::string& key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  return "nothing";
}

void compare_metadata(const Metadata& before, const Metadata& after,
                      std::vector<Change::Detail>& details) {
  std::vector<std::string> keys;
  for (const auto* metadata : {&before, &after}) {
    for (const auto& entry : *metadata) {
      if (std::find(keys.begin(), keys.end(), entry.first) == keys.end()) {
        keys.push_back(entry.first);
      }
    }
  }
  for (const auto& key : keys) {
    const std::string old = text_of(before, key), now = text_of(after, key);
    if (old != now) details.push_back({"metadata " + key, python_repr(old), python_repr(now)});
  }
}

}  // namespace

GraphSide subgraph_side(const Graph& graph) {
  GraphSide side{graph, {}, {}};
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    side.inputs.push_back("input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    side.outputs.push_back("output " + std::to_string(i));
  }
  return side;
}

GraphDifference::GraphDifference(const GraphSide& before, const GraphSide& after, Renaming& symbols,
                                 const DifferenceOptions& options)
    : before_(before),
      after_(after),
      old_nodes_(nodes_of(before.graph)),
      new_nodes_(nodes_of(after.graph)),
      symbols_(symbols),
      options_(options) {
  pair_inputs();
  pair_nodes();
}

void GraphDifference::pair_inputs() {
  std::unordered_map<std::string, const Argument*> by_role;
  for (std::size_t i = 0; i < after_.inputs.size(); ++i) {
    by_role.emplace(after_.inputs[i], &after_.graph.inputs()[i]);
  }
  for (std::size_t i = 0; i < before_.inputs.size(); ++i) {
    const auto found = by_role.find(before_.inputs[i]);
    if (found == by_role.end()) continue;
    pair_values({before_.graph.inputs()[i]}, {*found->second});
  }
}

void GraphDifference::pair_nodes() {
  const Keys old = node_keys(before_), now = node_keys(after_);
  pairs_ = align(old, now);
  pair_moved(old.front(), now.front());
  for (const auto* pairs : {&pairs_, &moved_}) {
    for (const auto& [i, j] : *pairs) {
      pair_values(old_nodes_[i]->outputs(), new_nodes_[j]->outputs());
    }
  }
}

/// Nodes that calculate the same, at another place among the others.
void GraphDifference::pair_moved(const std::vector<std::string>& old_keys,
                                 const std::vector<std::string>& new_keys) {
  std::vector<bool> is_old_paired(old_nodes_.size());
  std::vector<bool> is_new_paired(new_nodes_.size());
  for (const auto& [i, j] : pairs_) is_old_paired[i] = is_new_paired[j] = true;
  std::multimap<std::string, std::size_t> alone;
  for (std::size_t j = 0; j < new_keys.size(); ++j) {
    if (!is_new_paired[j]) alone.emplace(new_keys[j], j);
  }
  for (std::size_t i = 0; i < old_keys.size(); ++i) {
    const auto found = alone.find(old_keys[i]);
    if (is_old_paired[i] || found == alone.end()) continue;
    moved_.emplace_back(i, found->second);
    alone.erase(found);
  }
}

void GraphDifference::pair_values(const std::vector<Argument>& before,
                                  const std::vector<Argument>& after) {
  const auto old = values_in(before), now = values_in(after);
  for (std::size_t k = 0; k < std::min(old.size(), now.size()); ++k) {
    values_.pair(old[k]->name(), now[k]->name());
  }
}

bool GraphDifference::same_argument(const Argument& before, const Argument& after) const {
  const auto* old_graph = before.get<GraphArgument>();
  const auto* new_graph = after.get<GraphArgument>();
  if (old_graph != nullptr && new_graph != nullptr) return true;
  if (old_graph != nullptr || new_graph != nullptr) return false;
  bool is_known = true;
  const auto name_after = [&](const GraphValue& value) {
    const std::string* other = values_.find(value.name());
    is_known &= other != nullptr;
    return other != nullptr ? *other : value.name();
  };
  const std::string renamed = argument_json(before, name_after);
  return is_known && renamed == argument_json(after, &GraphValue::name);
}

std::vector<Change> GraphDifference::inputs() {
  return compare_roles({before_.inputs, before_.graph.inputs()},
                       {after_.inputs, after_.graph.inputs()},
                       /*with_layouts=*/true);
}

std::vector<Change> GraphDifference::outputs() {
  auto changes = compare_roles({before_.outputs, before_.graph.outputs()},
                               {after_.outputs, after_.graph.outputs()}, /*with_layouts=*/false);
  if (before_.graph.is_single_tensor_return != after_.graph.is_single_tensor_return) {
    const auto text = [](bool is_single) { return is_single ? "one tensor" : "a tuple"; };
    changes.push_back({Change::Kind::changed,
                       "outputs",
                       {{"returned as", text(before_.graph.is_single_tensor_return),
                         text(after_.graph.is_single_tensor_return)}}});
  }
  return changes;
}

std::vector<Change> GraphDifference::compare_roles(const Roles& before, const Roles& after,
                                                   bool with_layouts) {
  std::vector<Change> changes;
  const auto described = [](const Roles& side, std::size_t i) {
    return side.roles[i] + ": " + argument_text(side.arguments[i]);
  };
  std::unordered_map<std::string, std::size_t> place_of;
  for (std::size_t j = 0; j < after.roles.size(); ++j) place_of.emplace(after.roles[j], j);
  std::size_t least = 0;
  for (std::size_t i = 0; i < before.roles.size(); ++i) {
    const auto found = place_of.find(before.roles[i]);
    if (found == place_of.end()) {
      changes.push_back({Change::Kind::removed, described(before, i)});
      continue;
    }
    const std::size_t j = found->second;
    place_of.erase(found);
    Change change{j < least ? Change::Kind::moved : Change::Kind::changed, described(before, i)};
    least = std::max(least, j);
    compare_values(before.arguments[i], after.arguments[j], with_layouts, change.details);
    const bool is_different = !change.details.empty() || change.kind == Change::Kind::moved;
    if (is_different) changes.push_back(std::move(change));
  }
  for (std::size_t j = 0; j < after.roles.size(); ++j) {
    if (place_of.count(after.roles[j]) == 0) continue;
    changes.push_back({Change::Kind::added, described(after, j)});
  }
  return changes;
}

/// What a graph takes or gives under one role.
void GraphDifference::compare_values(const Argument& before, const Argument& after,
                                     bool with_layouts, Details& details) {
  const auto old = values_in({before}), now = values_in({after});
  if (!same_argument(before, after) || (options_.names && names_of(old) != names_of(now))) {
    details.push_back(difference_of("value", before, after));
  }
  if (!with_layouts) return;
  for (std::size_t k = 0; k < std::min(old.size(), now.size()); ++k) {
    compare_layouts(*old[k], *now[k], "", details);
  }
}

std::vector<Change> GraphDifference::nodes() {
  std::vector<Change> changes;
  std::vector<std::size_t> old_of(new_nodes_.size(), old_nodes_.size());
  std::vector<bool> is_kept(old_nodes_.size()), is_moved(new_nodes_.size());
  for (const auto& [i, j] : pairs_) old_of[j] = i, is_kept[i] = true;
  for (const auto& [i, j] : moved_) old_of[j] = i, is_kept[i] = is_moved[j] = true;
  std::size_t next = 0;  // of the first graph's nodes, those before it have been told of
  const auto tell_removed = [&](std::size_t end) {
    for (; next < end; ++next) {
      if (is_kept[next]) continue;
      changes.push_back({Change::Kind::removed, node_text(*old_nodes_[next])});
    }
  };
  same_nodes_ = 0;
  for (std::size_t j = 0, pair = 0; j < old_of.size(); ++j) {
    while (pair < pairs_.size() && pairs_[pair].second < j) ++pair;
    tell_removed(pair < pairs_.size() ? pairs_[pair].first : old_nodes_.size());
    const Node& now = *new_nodes_[j];
    if (old_of[j] == old_nodes_.size()) {
      changes.push_back({Change::Kind::added, node_text(now)});
      continue;
    }
    Change change = compare(*old_nodes_[old_of[j]], now);
    if (is_moved[j]) change.kind = Change::Kind::moved;
    if (!is_moved[j] && change.details.empty() && change.inner.empty()) {
      ++same_nodes_;
    } else {
      changes.push_back(std::move(change));
    }
  }
  tell_removed(old_nodes_.size());
  return changes;
}

Change GraphDifference::compare(const Node& before, const Node& after) {
  Change change{Change::Kind::changed, node_text(before)};
  if (before.target() != after.target()) {
    change.details.push_back(
        {"operator", target_text(before.target()), target_text(after.target())});
  }
  compare_arguments(before, after, change);
  compare_results(before, after, change.details);
  if (options_.names && before.name() != after.name()) {
    change.details.push_back(
        {"name", before.name().value_or("none"), after.name().value_or("none")});
  }
  if (options_.metadata) compare_metadata(before.metadata(), after.metadata(), change.details);
  return change;
}

void GraphDifference::compare_arguments(const Node& before, const Node& after, Change& change) {
  const std::size_t count = std::max(before.inputs().size(), after.inputs().size());
  for (std::size_t i = 0; i < count; ++i) {
    const NamedArgument* old = i < before.inputs().size() ? &before.inputs()[i] : nullptr;
    const NamedArgument* now = i < after.inputs().size() ? &after.inputs()[i] : nullptr;
    const std::string& name = (old ? old : now)->name;
    const std::string what = "argument " + (name.empty() ? std::to_string(i) : name);
    if (old == nullptr || now == nullptr) {
      change.details.push_back({what, old ? argument_text(old->arg) : "nothing",
                                now ? argument_text(now->arg) : "nothing"});
      continue;
    }
    if (old->name != now->name) {
      change.details.push_back({what + ", its name", old->name, now->name});
    }
    if (!same_argument(old->arg, now->arg)) {
      change.details.push_back(difference_of(what, old->arg, now->arg));
    }
    if (old->kind != now->kind) {
      change.details.push_back({what + " is given", kind_text(old->kind), kind_text(now->kind)});
    }
    compare_subgraphs(*old, *now, change);
  }
}

void GraphDifference::compare_subgraphs(const NamedArgument& before, const NamedArgument& after,
                                        Change& change) {
  const auto* old = before.arg.get<GraphArgument>();
  const auto* now = after.arg.get<GraphArgument>();
  if (old == nullptr || now == nullptr) return;
  if (options_.names && old->name != now->name) {
    change.details.push_back({"the subgraph's name", old->name, now->name});
  }
  GraphDifference inside(subgraph_side(*old->graph), subgraph_side(*now->graph), symbols_,
                         options_);
  Change subgraph{Change::Kind::changed, "in " + old->name};
  for (auto part : {&GraphDifference::inputs, &GraphDifference::nodes, &GraphDifference::outputs}) {
    auto changes = (inside.*part)();
    std::move(changes.begin(), changes.end(), std::back_inserter(subgraph.inner));
  }
  if (!subgraph.inner.empty()) change.inner.push_back(std::move(subgraph));
}

void GraphDifference::compare_results(const Node& before, const Node& after, Details& details) {
  const auto old = values_in(before.outputs()), now = values_in(after.outputs());
  const auto texts = [](const Node& node) {
    std::string text;
    for (const auto& output : node.outputs()) {
      text += (text.empty() ? "" : ", ") + argument_text(output);
    }
    return text;
  };
  bool is_same = before.outputs().size() == after.outputs().size();
  for (std::size_t i = 0; is_same && i < before.outputs().size(); ++i) {
    is_same = same_argument(before.outputs()[i], after.outputs()[i]);
  }
  if (!is_same || (options_.names && names_of(old) != names_of(now))) {
    details.push_back({"results", texts(before), texts(after)});
  }
  for (std::size_t i = 0; i < std::min(old.size(), now.size()); ++i) {
    compare_layouts(*old[i], *now[i], old.size() == 1 ? "" : old[i]->name() + ": ", details);
  }
  if (before.is_hop_single_tensor_return() != after.is_hop_single_tensor_return()) {
    const auto text = [](const std::optional<bool>& flag) {
      return !flag ? "unknown" : *flag ? "one tensor" : "a tuple";
    };
    details.push_back({"returned as", text(before.is_hop_single_tensor_return()),
                       text(after.is_hop_single_tensor_return())});
  }
}

void GraphDifference::compare_layouts(const GraphValue& before, const GraphValue& after,
                                      const std::string& what, Details& details) {
  for (auto& detail : layout_difference(before.type(), after.type(), symbols_, options_.metadata)) {
    detail.what = what + detail.what;
    details.push_back(std::move(detail));
  }
}

}  // namespace roundtrip::compare
