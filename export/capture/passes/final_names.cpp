#include "export/capture/passes/final_names.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "export/capture/trace/arguments.h"
#include "export/capture/trace/trace.h"
#include "export/graph/schema_values.h"

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

using NameMap = std::unordered_map<std::string, std::string>;

/// Renames everything in `graph` but its inputs, which `names` has already.
void rename_nodes(schema::Graph& graph, PlaceholderNamer& namer, NameMap& names);

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

void rename_subgraph(schema::Graph& graph, const std::vector<std::string>& operands) {
  PlaceholderNamer namer;
  NameMap names;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    visit_value_names(graph.inputs[i], [&](std::string& name) {
      names[name] = namer.input(operands[i]);
      name = operands[i];
    });
  }
  rename_nodes(graph, namer, names);
}

void rename_subgraphs(schema::Node& node) {
  if (!names_inputs_by_operands(node.target)) return;
  const auto first_graph =
      std::find_if(node.inputs.begin(), node.inputs.end(), [](const schema::NamedArgument& input) {
        return input.arg.get<schema::GraphArgument>() != nullptr;
      });
  std::vector<std::string> operands;
  for (auto input = first_graph; input != node.inputs.end(); ++input) {
    visit_value_names(input->arg, [&](std::string& name) { operands.push_back(name); });
  }
  for (auto input = first_graph; input != node.inputs.end(); ++input) {
    if (auto* subgraph = input->arg.get<schema::GraphArgument>()) {
      rename_subgraph(*subgraph->graph, operands);
    }
  }
}

void rename_nodes(schema::Graph& graph, PlaceholderNamer& namer, NameMap& names) {
  const auto use = [&](std::string& name) { name = names.at(name); };
  const auto define = [&](std::string& name) { name = names[name] = namer.node(name); };
  for (schema::Node& node : graph.nodes) {
    for (schema::NamedArgument& input : node.inputs) visit_value_names(input.arg, use);
    const bool bears_name = result_bears_name(node);
    if (!bears_name) node.name = namer.node(*node.name);
    for (schema::Argument& output : node.outputs) visit_value_names(output, define);
    if (bears_name) {
      visit_value_names(node.outputs[0], [&](std::string& name) { node.name = name; });
    }
    rename_subgraphs(node);
  }
  for (schema::Argument& output : graph.outputs) visit_value_names(output, use);
  schema::rename_values(graph, names);
}

}  // namespace

FinalNames assign_final_names(schema::Graph& graph, const std::vector<WantedName>& inputs) {
  PlaceholderNamer namer;
  FinalNames names;
  for (const auto& [value, name] : inputs) {
    names.inputs.push_back(namer.input(name));
    if (!value.empty()) names.values[value] = names.inputs.back();
  }
  rename_nodes(graph, namer, names.values);
  return names;
}

}  // namespace roundtrip
