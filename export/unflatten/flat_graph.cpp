#include "export/unflatten/flat_graph.h"

#include <roundtrip/error.h>

#include "export/program/graph_values.h"

namespace roundtrip {
namespace {

template <typename T>
void enter_once(OrderedMap<T>& table, const std::string& name, const T& meta) {
  if (!table.contains(name)) table.insert(name, T(meta));
}

}  // namespace

FlatGraph::FlatGraph(const Graph& graph) : graph_(graph) {
  const auto note = [](auto& table, std::size_t place) {
    return [&table, place](const std::string& name, ValueKind) { table[name] = place; };
  };
  for (const Argument& input : graph.inputs) visit_values(input, note(made_by_, 0));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    stacks_.push_back(module_stack(node));
    for (const NamedArgument& input : node.inputs) visit_values(input.arg, note(last_use_, i));
    for (const Argument& output : node.outputs) visit_values(output, note(made_by_, i + 1));
  }
  for (const Argument& output : graph.outputs) {
    visit_values(output, note(last_use_, graph.nodes.size()));
  }
}

bool FlatGraph::is_known(const std::string& value, std::size_t node) const {
  const auto found = made_by_.find(value);
  return found != made_by_.end() && found->second <= node;
}

bool FlatGraph::is_used_from(const std::string& value, std::size_t node) const {
  const auto found = last_use_.find(value);
  return found != last_use_.end() && found->second >= node;
}

const Node* FlatGraph::producer(const std::string& value) const {
  const auto found = made_by_.find(value);
  if (found == made_by_.end()) throw ProgramError("no node makes the value '" + value + "'");
  return found->second == 0 ? nullptr : &graph_.nodes[found->second - 1];
}

Argument FlatGraph::enter(const std::string& value, const std::string& name, Graph& graph) const {
  if (const auto* meta = graph_.tensor_values.find(value)) {
    enter_once(graph.tensor_values, name, *meta);
    return {TensorArgument{name}};
  }
  if (const auto* number = graph_.sym_int_values.find(value)) {
    enter_once(graph.sym_int_values, name, *number);
    return {SymIntArgument{name}};
  }
  if (const auto* number = graph_.sym_float_values.find(value)) {
    enter_once(graph.sym_float_values, name, *number);
    return {SymFloatArgument{name}};
  }
  if (const auto* condition = graph_.sym_bool_values.find(value)) {
    enter_once(graph.sym_bool_values, name, *condition);
    return {SymBoolArgument{name}};
  }
  throw UnsupportedError("the value '" + value +
                         "' is neither a tensor nor a number: a program "
                         "with objects cannot be unflattened");
}

}  // namespace roundtrip
