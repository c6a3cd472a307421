#include "export/api/subgraph_part.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "export/api/program_part.h"

namespace roundtrip {

namespace {

using GraphValues = std::vector<GraphValue*>;

constexpr const char* kFull = "torch.ops.aten.full.default";

/// A node of a subgraph, and that subgraph.
struct InnerNode {
  Graph* graph;
  Node* node;
};

void for_each_subgraph(Graph& graph, const std::function<void(Graph&)>& visit) {
  for (Node& node : graph.nodes()) {
    for (GraphArgument* subgraph : node.subgraphs()) {
      visit(*subgraph->graph);
      for_each_subgraph(*subgraph->graph, visit);
    }
  }
}

/// Each after the node whose subgraph it is in.
std::vector<InnerNode> inner_nodes(Graph& graph) {
  std::vector<InnerNode> nodes;
  for_each_subgraph(graph, [&](Graph& subgraph) {
    for (Node& node : subgraph.nodes()) {
      if (node.target() != kFull) nodes.push_back({&subgraph, &node});
    }
  });
  return nodes;
}

bool is_same_size(const SymInt& left, const SymInt& right) {
  if (left.index() != right.index()) return false;
  if (const auto* size = std::get_if<std::int64_t>(&left)) {
    return *size == std::get<std::int64_t>(right);
  }
  return std::get<SymExpr>(left).expr_str == std::get<SymExpr>(right).expr_str;
}

/// Whether the sizes are the same but for the first `left_out` of `left`.
bool are_same_sizes(const TensorMeta& left, const TensorMeta& right, std::ptrdiff_t left_out = 0) {
  return std::equal(left.sizes.begin() + left_out, left.sizes.end(), right.sizes.begin(),
                    right.sizes.end(), is_same_size);
}

bool is_alike(const GraphValue& left, const GraphValue& right) {
  const TensorMeta *a = left.tensor(), *b = right.tensor();
  return a != nullptr && b != nullptr && a->dtype == b->dtype && a->device == b->device &&
         are_same_sizes(*a, *b);
}

// ---- one subgraph ---------------------------------------------------------

struct Subgraph {
  Node* node = nullptr;
  const Graph* graph = nullptr;
};

std::vector<Subgraph> own_subgraphs(Graph& graph) {
  std::vector<Subgraph> found;
  for (Node& node : graph.nodes()) {
    for (const GraphArgument* subgraph : node.subgraphs())
      found.push_back({&node, &*subgraph->graph});
  }
  return found;
}

/// What a subgraph's input is given first, as a value of the graph around it; null where that is
/// not known. What is mapped over is given element by element.
GraphValue* given_first(Graph& around, Node& node, GraphValue& operand, const GraphValue& input) {
  if (is_alike(operand, input)) return &operand;
  const TensorMeta *whole = operand.tensor(), *part = input.tensor();
  const bool is_element = whole != nullptr && part != nullptr && whole->dtype == part->dtype &&
                          whole->sizes.size() == part->sizes.size() + 1 &&
                          are_same_sizes(*whole, *part, 1);
  if (!is_element) return nullptr;
  return &around.insert_call(node, "torch.ops.aten.select.int",
                             {operand, std::int64_t{0}, std::int64_t{0}}, *part);
}

/// By the subgraph's inputs; nothing where these are not the last tensors that its node takes.
using Given = std::unordered_map<const GraphValue*, GraphValue*>;
std::optional<Given> given_values(Graph& around, const Subgraph& subgraph) {
  GraphValues operands;
  for (const auto& input : subgraph.node->inputs()) {
    for_each_value(input.arg, [&](GraphValue& value) { operands.push_back(&value); });
  }
  const auto& inputs = subgraph.graph->inputs();
  if (operands.size() < inputs.size()) return std::nullopt;
  const std::size_t others = operands.size() - inputs.size();  // what decides which branch is taken
  Given given;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    GraphValue* input = inputs[i].as_value();
    if (input == nullptr) return std::nullopt;
    GraphValue* value = given_first(around, *subgraph.node, *operands[others + i], *input);
    if (value == nullptr) return std::nullopt;
    given[input] = value;
  }
  return given;
}

/// Copies the subgraph's nodes to before the node that runs it.
void copy_nodes(Graph& around, const Subgraph& subgraph, Given given) {
  for (const Node& node : subgraph.graph->nodes()) {
    NodeFields fields{node.target(),
                      node.inputs(),
                      node.outputs(),
                      node.metadata(),
                      node.is_hop_single_tensor_return(),
                      std::nullopt};
    for (auto& input : fields.inputs) {
      map_values(input.arg, [&](GraphValue& value) { return given.at(&value); });
    }
    for (auto& output : fields.outputs) {
      map_values(output, [&](GraphValue& value) {
        return given[&value] = &around.add_value(around.unique_name(value.name()), value.type());
      });
    }
    const GraphValues results = node.results();
    fields.name = node.shares_name_with_result() ? given.at(results.front())->name()
                                                 : around.unique_name(node.name().value_or("node"));
    around.insert_before(*subgraph.node, std::move(fields));
  }
}

// ---- nodes of subgraphs ---------------------------------------------------

std::optional<std::vector<std::int64_t>> fixed_sizes(const TensorMeta& meta) {
  std::vector<std::int64_t> sizes;
  for (const auto& size : meta.sizes) {
    const auto* fixed = std::get_if<std::int64_t>(&size);
    if (fixed == nullptr) return std::nullopt;
    sizes.push_back(*fixed);
  }
  return sizes;
}

std::vector<SymInt> contiguous_strides(const std::vector<std::int64_t>& sizes) {
  std::vector<SymInt> strides(sizes.size());
  std::int64_t stride = 1;
  for (std::size_t i = sizes.size(); i-- > 0; stride *= std::max<std::int64_t>(sizes[i], 1)) {
    strides[i] = stride;
  }
  return strides;
}

/// A tensor before the node, of a number by which operators are told from each other.
GraphValue* constant_before(Graph& graph, Node& node, const GraphValue& like) {
  const TensorMeta* meta = like.tensor();
  const auto sizes = meta == nullptr ? std::nullopt : fixed_sizes(*meta);
  if (!sizes || !meta->device.is_cpu()) return nullptr;
  TensorMeta type = *meta;
  type.strides = contiguous_strides(*sizes);
  type.storage_offset = std::int64_t{0};
  type.requires_grad = false;
  const Argument number =
      c10::isFloatingType(meta->dtype) ? Argument(0.5) : Argument(std::int64_t{1});
  return &graph.insert_call(node, kFull, {*sizes, number, meta->dtype}, std::move(type));
}

/// What the node takes comes first, then inputs of the graph and what other nodes give.
GraphValue* value_before(Graph& graph, Node& node, const GraphValue& like) {
  GraphValues known = node.operands();
  for (const auto& input : graph.inputs()) {
    if (GraphValue* value = input.as_value()) known.push_back(value);
  }
  for (Node* before = node.previous(); before != nullptr; before = before->previous()) {
    const GraphValues results = before->results();
    known.insert(known.end(), results.begin(), results.end());
  }
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const GraphValue* value) { return is_alike(*value, like); });
  return found == known.end() ? nullptr : *found;
}

/// False where a result that is used has no stand-in.
bool replace_results(const InnerNode& inner, StandIn stand_in) {
  for (GraphValue* result : inner.node->results()) {
    if (!result->is_used()) continue;
    GraphValue* other = stand_in == StandIn::constant
                            ? constant_before(*inner.graph, *inner.node, *result)
                            : value_before(*inner.graph, *inner.node, *result);
    if (other == nullptr) return false;
    inner.graph->replace_uses(*result, *other);
  }
  return true;
}

}  // namespace

std::size_t count_nodes(const ExportedProgram& program) {
  Program copy = program.program();
  std::size_t count = copy.graph_module.graph.num_nodes();
  for_each_subgraph(copy.graph_module.graph, [&](Graph& graph) { count += graph.num_nodes(); });
  return count;
}

std::size_t count_subgraphs(const ExportedProgram& program) {
  Program copy = program.program();
  return own_subgraphs(copy.graph_module.graph).size();
}

std::optional<ExportedProgram> subgraph_program(const ExportedProgram& program, std::size_t place) {
  Program with_copy = program.program();
  Graph& graph = with_copy.graph_module.graph;
  const Subgraph subgraph = own_subgraphs(graph).at(place);
  const auto given = given_values(graph, subgraph);
  if (!given) return std::nullopt;
  copy_nodes(graph, subgraph, *given);
  std::vector<std::size_t> places;
  std::size_t end = 0;
  for (const Node* node = &graph.nodes().front(); node != subgraph.node; node = node->next()) ++end;
  for (std::size_t i = end - subgraph.graph->num_nodes(); i < end; ++i) places.push_back(i);
  if (places.empty()) return std::nullopt;
  return program_part(ExportedProgram(std::move(with_copy)), places);
}

std::size_t count_inner_nodes(const ExportedProgram& program) {
  Program copy = program.program();
  return inner_nodes(copy.graph_module.graph).size();
}

std::optional<ExportedProgram> without_inner_nodes(const ExportedProgram& program,
                                                   std::size_t begin, std::size_t count,
                                                   StandIn stand_in) {
  Program part = program.program();
  Graph& graph = part.graph_module.graph;
  const std::vector<InnerNode> nodes = inner_nodes(graph);
  for (std::size_t place = std::min(begin + count, nodes.size()); place-- > begin;) {
    if (!replace_results(nodes[place], stand_in)) return std::nullopt;
  }
  for_each_subgraph(graph,
                    [](Graph& subgraph) { subgraph.erase_dead([](const Node&) { return true; }); });
  if (inner_nodes(graph).size() >= nodes.size()) return std::nullopt;
  ExportedProgram result(std::move(part));
  if (const auto inputs = program.example_inputs()) result.set_example_inputs(*inputs);
  return result;
}

}  // namespace roundtrip
