#include "export/compare/node_keys.h"

#include <functional>
#include <unordered_map>

#include "export/archive/schema_json.h"
#include "export/compare/node_text.h"

namespace roundtrip::compare {

namespace {

/// Keys only choose which nodes are compared: that two of them collide costs nothing but a worse
/// choice.
std::string hashed(const std::string& text) {
  return std::to_string(std::hash<std::string>()(text));
}

std::string graph_key(const Graph& graph);

/// The argument with each value's name replaced, and what its subgraph calculates.
std::string argument_key(const Argument& argument,
                         const std::function<std::string(const GraphValue&)>& replace) {
  if (const auto* subgraph = argument.get<GraphArgument>()) return graph_key(*subgraph->graph);
  return argument_json(argument, replace);
}

std::string call_key(const Node& node,
                     const std::function<std::string(const GraphValue&)>& replace) {
  std::string text = node.target();
  for (const auto& input : node.inputs()) {
    text += "|" + input.name + "=" + argument_key(input.arg, replace);
  }
  return text;
}

/// What each value of a graph is calculated by.
class Origins {
 public:
  explicit Origins(const GraphSide& side) {
    for (std::size_t i = 0; i < side.graph.inputs().size(); ++i) {
      for_each_value(side.graph.inputs()[i],
                     [&](const GraphValue& value) { origins_[&value] = side.inputs[i]; });
    }
  }

  std::string of_value(const GraphValue& value) const {
    const auto known = origins_.find(&value);
    return known == origins_.end() ? "?" : known->second;
  }

  std::string add(const Node& node) {
    const std::string key =
        hashed(call_key(node, [&](const GraphValue& value) { return of_value(value); }));
    int index = 0;
    for (const auto* result : node.results()) {
      origins_[result] = key + "." + std::to_string(index++);
    }
    return key;
  }

 private:
  std::unordered_map<const GraphValue*, std::string> origins_;
};

std::string graph_key(const Graph& graph) {
  Origins origins(subgraph_side(graph));
  std::string text;
  for (const auto& node : graph.nodes()) text += origins.add(node) + "|";
  for (const auto& output : graph.outputs()) {
    text += argument_key(output, [&](const GraphValue& value) { return origins.of_value(value); });
  }
  return hashed(text);
}

/// How many dimensions and of which type: sizes may be spelt with other symbols.
std::string result_key(const Node& node) {
  std::string text;
  for (const auto* result : node.results()) {
    const TensorMeta* meta = result->tensor();
    if (meta == nullptr) continue;
    text += "|" + std::to_string(static_cast<int>(meta->dtype));
    for (const auto& size : meta->sizes) {
      const auto* number = std::get_if<std::int64_t>(&size);
      text += "," + (number ? std::to_string(*number) : "s");
    }
  }
  return text;
}

}  // namespace

Keys node_keys(const GraphSide& side) {
  Keys keys(3);
  Origins origins(side);
  for (const auto& node : side.graph.nodes()) {
    keys[0].push_back(origins.add(node));
    keys[1].push_back(
        hashed(call_key(node, [](const GraphValue&) { return ""; }) + result_key(node)));
    keys[2].push_back(node.target());
  }
  return keys;
}

}  // namespace roundtrip::compare
