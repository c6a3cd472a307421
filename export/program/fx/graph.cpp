#include "export/program/fx/graph.h"

#include <roundtrip/error.h>

#include "export/graph/names.h"
#include "export/program/fx/annotations.h"
#include "export/program/fx/arguments.h"
#include "export/program/fx/nodes.h"
#include "export/program/unused_results.h"

namespace roundtrip {

namespace {

class Builder {
 public:
  Builder(const Graph& graph, const GraphSignature* signature, SymbolText& symbols)
      : graph_(graph),
        signature_(signature),
        symbols_(symbols),
        nodes_(graph.inputs().size() + graph.num_nodes() + 1) {}

  FxGraph build() {
    for (std::size_t i = 0; i < graph_.inputs().size(); ++i) add_placeholder(i);
    for (const Node& node : graph_.nodes()) add_call(node);
    add_output();
    return nodes_.take();
  }

 private:
  void define(const GraphValue& value, std::size_t node);

  void add_placeholder(std::size_t i);
  std::string literal_input_name(std::size_t i) const;
  void add_call(const Node& node);
  std::string name_of_call(const Node& node) const;
  void add_arguments(const Node& node, FxNode& call);
  void add_outputs(const Node& node, std::size_t call);
  bool returns_tuple_of_one(const Node& node) const;
  void add_getitem(std::size_t source, std::size_t index, const GraphValue* value,
                   const Node& node);
  template <typename Elements>
  void add_getitems(std::size_t source, const Elements& elements, const Node& node);
  void add_getitem_of(const Argument& output, std::size_t source, std::size_t index,
                      const Node& node);
  void add_output();

  const Graph& graph_;
  const GraphSignature* signature_;
  SymbolText& symbols_;
  FxNodes nodes_;
};

void Builder::define(const GraphValue& value, std::size_t node) {
  nodes_.define(value, node);
  nodes_[node].annotation = fx_annotation(value.type(), symbols_);
}

std::string Builder::literal_input_name(std::size_t i) const {
  std::string name;
  if (signature_ && i < signature_->input_specs.size()) {
    const auto& spec = signature_->input_specs[i];
    if (spec.kind == InputKind::constant_input) name = spec.target;
  }
  return name.empty() ? "arg" + std::to_string(i) : name;
}

void Builder::add_placeholder(std::size_t i) {
  const GraphValue* value = graph_.inputs()[i].as_value();
  auto target = value ? value->name() : literal_input_name(i);
  auto node = nodes_.add(FxNode::Op::placeholder, fx_name_of_target(target), target);
  if (value) define(*value, node);
}

std::string Builder::name_of_call(const Node& node) const {
  if (node.name() && !node.name()->empty()) return *node.name();
  bool single = node.outputs().size() == 1 && node.is_hop_single_tensor_return().value_or(true);
  const GraphValue* value = single ? node.outputs()[0].as_value() : nullptr;
  return value ? value->name() : fx_name_of_target(node.target());
}

void Builder::add_call(const Node& node) {
  FxNode call;
  add_arguments(node, call);  // first: subgraphs among them become nodes before this one
  auto index = nodes_.add(FxNode::Op::call_function, name_of_call(node), node.target());
  nodes_[index].args = std::move(call.args);
  nodes_[index].kwargs = std::move(call.kwargs);
  nodes_[index].metadata = &node.metadata();
  add_outputs(node, index);
}

void Builder::add_arguments(const Node& node, FxNode& call) {
  bool is_operator = node.target().starts_with("torch.ops.");
  for (const auto& input : node.inputs()) {
    auto argument = make_fx_argument(input.arg, nodes_, &node.metadata());
    // Functions on numbers take no keywords; older files tell no kinds.
    bool may_be_keyword =
        is_operator ? input.kind != ArgumentKind::positional : input.kind == ArgumentKind::keyword;
    bool positional = !may_be_keyword || input.name.empty() || is_python_keyword(input.name);
    if (positional) {
      call.args.push_back(std::move(argument));
    } else {
      call.kwargs.emplace_back(input.name, std::move(argument));
    }
  }
}

bool Builder::returns_tuple_of_one(const Node& node) const {
  return node.outputs().size() == 1 && node.target().starts_with("torch.ops.higher_order") &&
         !node.is_hop_single_tensor_return().value_or(true) &&
         !node.outputs()[0].get<NoneArgument>();
}

void Builder::add_outputs(const Node& node, std::size_t call) {
  if (node.outputs().empty()) return;
  if (node.outputs().size() > 1 || returns_tuple_of_one(node)) {
    return add_getitems(call, node.outputs(), node);
  }
  const auto& output = node.outputs()[0];
  if (const auto* value = output.as_value()) return define(*value, call);
  if (output.get<NoneArgument>()) {
    nodes_[call].name = nodes_.unique_name(fx_name_of_target(node.target()) + "_unused");
  } else if (auto* tensors = output.get<std::vector<TensorArgument>>()) {
    add_getitems(call, *tensors, node);
  } else {
    throw UnsupportedError("node '" + node.name().value_or(node.target()) +
                           "' has an unknown result");
  }
}

void Builder::add_getitem(std::size_t source, std::size_t index, const GraphValue* value,
                          const Node& node) {
  if (value && is_no_node(node, *value)) return;
  auto getitem =
      nodes_.add(FxNode::Op::call_function, value ? value->name() : "getitem", "_operator.getitem");
  nodes_[getitem].args = {fx_reference(source), fx_literal(std::to_string(index))};
  nodes_[getitem].metadata = &node.metadata();
  if (value) define(*value, getitem);
}

template <typename Elements>
void Builder::add_getitems(std::size_t source, const Elements& elements, const Node& node) {
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if constexpr (std::is_same_v<typename Elements::value_type, Argument>) {
      add_getitem_of(elements[i], source, i, node);
    } else if (const auto* value = Argument(elements[i]).as_value()) {
      add_getitem(source, i, value, node);
    }
  }
}

void Builder::add_getitem_of(const Argument& output, std::size_t source, std::size_t index,
                             const Node& node) {
  if (const auto* value = output.as_value()) {
    return add_getitem(source, index, value, node);
  }
  if (output.get<NoneArgument>()) {
    if (has_no_unused_nodes(node)) return;
    auto as_none = nodes_.add(FxNode::Op::call_function, "as_none", "_operator.getitem");
    nodes_[as_none].args = {fx_reference(source), fx_literal(std::to_string(index))};
    nodes_[as_none].metadata = &node.metadata();
    return;
  }
  add_getitem(source, index, nullptr, node);
  auto list = nodes_.size() - 1;
  if (auto* tensors = output.get<std::vector<TensorArgument>>()) {
    add_getitems(list, *tensors, node);
  } else if (auto* sizes = output.get<std::vector<SymIntArgument>>()) {
    add_getitems(list, *sizes, node);
  } else if (auto* numbers = output.get<std::vector<SymFloatArgument>>()) {
    add_getitems(list, *numbers, node);
  }
}

void Builder::add_output() {
  FxArgument outputs = fx_container(FxArgument::Kind::tuple);
  for (const auto& output : graph_.outputs()) {
    outputs.items.push_back(make_fx_argument(output, nodes_, nullptr));
  }
  auto node = nodes_.add(FxNode::Op::output, "output", "output");
  bool single = graph_.is_single_tensor_return && outputs.items.size() == 1;
  nodes_[node].args = {single ? std::move(outputs.items[0]) : std::move(outputs)};
}

}  // namespace

FxGraph make_fx_graph(const Graph& graph, const GraphSignature* signature, SymbolText& symbols) {
  return Builder(graph, signature, symbols).build();
}

}  // namespace roundtrip
