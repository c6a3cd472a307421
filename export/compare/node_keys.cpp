#include "export/compare/node_keys.h"

#include <functional>
#include <unordered_map>

#include "export/archive/schema_json.h"
#include "export/compare/node_text.h"
#include "export/program/graph_values.h"

namespace roundtrip::compare {

namespace {

/// Keys only choose which nodes are compared: that two of them collide costs nothing but a worse
/// choice.
std::string hashed(const std::string& text) {
  return std::to_string(std::hash<std::string>()(text));
}

std::string graph_key(const Graph& graph);

/// The argument with each value's name replaced, and what its subgraph calculates.
std::string argument_key(Argument argument,
                         const std::function<std::string(const std::string&)>& replace) {
  if (const auto* subgraph = argument.get<GraphArgument>()) return graph_key(*subgraph->graph);
  visit_values(argument, [&](std::string& name, ValueKind) { name = replace(name); });
  return argument_json(argument);
}

std::string call_key(const Node& node,
                     const std::function<std::string(const std::string&)>& replace) {
  std::string text = node.target;
  for (const auto& input : node.inputs) {
    text += "|" + input.name + "=" + argument_key(input.arg, replace);
  }
  return text;
}

/// What each value of a graph is calculated by.
class Origins {
 public:
  explicit Origins(const GraphSide& side) {
    for (std::size_t i = 0; i < side.graph.inputs.size(); ++i) {
      visit_values(side.graph.inputs[i],
                   [&](const std::string& name, ValueKind) { origins_[name] = side.inputs[i]; });
    }
  }

  std::string of_value(const std::string& name) const {
    const auto known = origins_.find(name);
    return known == origins_.end() ? "?" : known->second;
  }

  std::string add(const Node& node) {
    const std::string key =
        hashed(call_key(node, [&](const std::string& name) { return of_value(name); }));
    int index = 0;
    for (const auto& output : node.outputs) {
      visit_values(output, [&](const std::string& name, ValueKind) {
        origins_[name] = key + "." + std::to_string(index++);
      });
    }
    return key;
  }

 private:
  std::unordered_map<std::string, std::string> origins_;
};

std::string graph_key(const Graph& graph) {
  Origins origins(subgraph_side(graph));
  std::string text;
  for (const auto& node : graph.nodes) text += origins.add(node) + "|";
  for (const auto& output : graph.outputs) {
    text += argument_key(output, [&](const std::string& name) { return origins.of_value(name); });
  }
  return hashed(text);
}

/// How many dimensions and of which type: sizes may be spelt with other symbols.
std::string result_key(const Graph& graph, const Node& node) {
  std::string text;
  for (const auto& output : node.outputs) {
    visit_values(output, [&](const std::string& name, ValueKind) {
      const TensorMeta* meta = graph.tensor_values.find(name);
      if (meta == nullptr) return;
      text += "|" + std::to_string(static_cast<int>(meta->dtype));
      for (const auto& size : meta->sizes) {
        const auto* number = std::get_if<std::int64_t>(&size);
        text += "," + (number ? std::to_string(*number) : "s");
      }
    });
  }
  return text;
}

}  // namespace

Keys node_keys(const GraphSide& side) {
  Keys keys(3);
  Origins origins(side);
  for (const auto& node : side.graph.nodes) {
    keys[0].push_back(origins.add(node));
    keys[1].push_back(hashed(call_key(node, [](const std::string&) { return ""; }) +
                             result_key(side.graph, node)));
    keys[2].push_back(node.target);
  }
  return keys;
}

}  // namespace roundtrip::compare
