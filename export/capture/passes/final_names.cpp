#include "export/capture/passes/final_names.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "export/capture/passes/renaming.h"

namespace roundtrip {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Suffixed {
  std::string base;
  std::optional<int> suffix;
};

/// Splits `add_12` at its last underscore; a suffix too long for an int is none.
Suffixed split_suffix(const std::string& name) {
  const auto digits = std::find_if_not(name.rbegin(), name.rend(), is_digit).base();
  const auto length = name.end() - digits;
  if (length == 0 || length > 9 || digits == name.begin() || *(digits - 1) != '_') {
    return {name, std::nullopt};
  }
  return {std::string(name.begin(), digits - 1), std::stoi(std::string(digits, name.end()))};
}

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

std::string PlaceholderNamer::input(std::string name) {
  std::string key = name;
  return claim(std::move(name), key);
}

std::string PlaceholderNamer::node(std::string name) {
  std::string key = split_suffix(name).base;
  return claim(std::move(name), key);
}

std::string PlaceholderNamer::claim(std::string name, const std::string& key) {
  if (used_.count(name) > 0) {
    name = key + "_" + std::to_string(largest_suffix_[key] + 1);
  }
  if (const auto [base, suffix] = split_suffix(name); suffix) {
    largest_suffix_[base] = std::max(largest_suffix_[base], *suffix);
  }
  used_.insert(name);
  return name;
}

using NamesOfValues = std::unordered_map<GraphValue*, std::string>;

/// Names everything in `graph` but its inputs, which have their names in `names` already.
void name_nodes(Graph& graph, PlaceholderNamer& namer, NamesOfValues names);

/// Inputs of these operators' graphs bear the names of the operands; those of others
/// keep what they were called when they were traced.
bool names_inputs_by_operands(const std::string& target) {
  static const std::unordered_set<std::string> kTargets = {
      "torch.ops.higher_order.cond",
      "torch.ops.higher_order.map_impl",
      "torch.ops.higher_order.wrap_with_set_grad_enabled",
  };
  return kTargets.count(target) > 0;
}

void name_subgraph(Graph& graph, const std::vector<std::string>& operands) {
  PlaceholderNamer namer;
  NamesOfValues names;
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    names.emplace(graph.inputs()[i].as_value(), namer.input(operands[i]));
  }
  name_nodes(graph, namer, std::move(names));
}

void name_subgraphs(Node& node, const NamesOfValues& names) {
  if (!names_inputs_by_operands(node.target())) return;
  const auto first_graph = std::find_if(
      node.inputs().begin(), node.inputs().end(),
      [](const NamedArgument& input) { return input.arg.get<GraphArgument>() != nullptr; });
  std::vector<std::string> operands;
  for (auto input = first_graph; input != node.inputs().end(); ++input) {
    for_each_value(input->arg, [&](GraphValue& value) { operands.push_back(names.at(&value)); });
  }
  for (GraphArgument* subgraph : node.subgraphs()) name_subgraph(*subgraph->graph, operands);
}

void name_nodes(Graph& graph, PlaceholderNamer& namer, NamesOfValues names) {
  Renaming renaming;
  for (Node& node : graph.nodes()) {
    if (!node.shares_name_with_result()) renaming.add(node, namer.node(*node.name()));
    for (GraphValue* result : node.results()) names.emplace(result, namer.node(result->name()));
    name_subgraphs(node, names);
  }
  for (auto& [value, name] : names) renaming.add(*value, std::move(name));
  renaming.apply(graph);
}

}  // namespace

std::vector<std::string> assign_final_names(Graph& graph, const std::vector<WantedName>& inputs) {
  PlaceholderNamer namer;
  std::vector<std::string> given;
  NamesOfValues names;
  for (const auto& [value, name] : inputs) {
    given.push_back(namer.input(name));
    if (value != nullptr) names.emplace(value, given.back());
  }
  name_nodes(graph, namer, std::move(names));
  return given;
}

}  // namespace roundtrip
