#include "export/program/fx_graph.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/program/fx_literals.h"
#include "export/program/fx_names.h"
#include "export/program/python_text.h"

namespace roundtrip {

namespace {

FxArgument literal(std::string text) {
  return {FxArgument::Kind::literal, std::move(text), 0, {}, {}};
}
FxArgument reference(std::size_t node) {
  return {FxArgument::Kind::node, {}, node, {}, {}};
}
FxArgument container(FxArgument::Kind kind) {
  return {kind, {}, 0, {}, {}};
}

std::string literal_of_element(std::int64_t value) {
  return std::to_string(value);
}
std::string literal_of_element(double value) {
  return python_repr(value);
}
std::string literal_of_element(bool value) {
  return python_repr(value);
}
std::string literal_of_element(const std::string& value) {
  return python_repr(value);
}

/// What the value that an output or input stands for is called; null if it has no name.
struct ValueName {
  const std::string* operator()(const TensorArgument& value) const { return &value.name; }
  const std::string* operator()(const CustomObjArgument& value) const { return &value.name; }
  const std::string* operator()(const SymIntArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  const std::string* operator()(const SymFloatArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  const std::string* operator()(const SymBoolArgument& value) const {
    return std::get_if<std::string>(&value.value);
  }
  template <typename T>
  const std::string* operator()(const T&) const {
    return nullptr;
  }
};

class Builder {
 public:
  Builder(const Graph& graph, const GraphSignature* signature, SymbolText& symbols)
      : graph_(graph), signature_(signature), symbols_(symbols) {}

  FxGraph build() {
    result_.nodes.reserve(graph_.inputs.size() + graph_.nodes.size() + 1);
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) add_placeholder(i);
    for (const auto& node : graph_.nodes) add_call(node);
    add_output();
    return std::move(result_);
  }

 private:
  friend struct ArgumentVisitor;

  std::size_t add(FxNode::Op op, const std::string& candidate, std::string target) {
    FxNode node;
    node.op = op;
    node.name = names_.create(candidate);
    node.target = std::move(target);
    result_.nodes.push_back(std::move(node));
    return result_.nodes.size() - 1;
  }

  /// Makes `node` the producer of the value `name`, which becomes its name too.
  void define(const std::string& name, std::size_t node) {
    if (!producers_.emplace(name, node).second) {
      throw ProgramError("two nodes define the value '" + name + "'");
    }
    result_.nodes[node].name = name;
    result_.nodes[node].annotation = annotation_of(name);
  }

  std::size_t producer(const std::string& name) const {
    auto found = producers_.find(name);
    if (found == producers_.end()) throw ProgramError("no node defines the value '" + name + "'");
    return found->second;
  }

  // Annotations.
  std::string annotation_of(const std::string& name);
  std::string tensor_annotation(const TensorMeta& meta);

  // Nodes.
  void add_placeholder(std::size_t i);
  std::string literal_input_name(std::size_t i) const;
  void add_call(const Node& node);
  std::string name_of_call(const Node& node) const;
  void add_arguments(const Node& node, FxNode& call);
  void add_outputs(const Node& node, std::size_t call);
  bool returns_tuple_of_one(const Node& node) const;
  void add_getitem(std::size_t source, std::size_t index, const std::string* value,
                   const Metadata& metadata);
  template <typename Elements>
  void add_getitems(std::size_t source, const Elements& elements, const Metadata& metadata);
  void add_getitem_of(const Argument& output, std::size_t source, std::size_t index,
                      const Metadata& metadata);
  void add_output();

  // Arguments.
  FxArgument convert(const Argument& argument, const Metadata* metadata);
  FxArgument convert_graph(const GraphArgument& argument, const Metadata* metadata);

  const Graph& graph_;
  const GraphSignature* signature_;
  SymbolText& symbols_;
  FxNamespace names_;
  std::unordered_map<std::string, std::size_t> producers_;
  FxGraph result_;
};

// ---- annotations ----------------------------------------------------------

std::string Builder::tensor_annotation(const TensorMeta& meta) {
  std::string shape;
  for (const auto& size : meta.sizes) {
    if (!shape.empty()) shape += ", ";
    shape += symbols_.text_of(size);
  }
  for (const auto& stride : meta.strides) symbols_.text_of(stride);  // they mention symbols too
  if (meta.layout == c10::Layout::SparseCsr || meta.layout == c10::Layout::SparseCsc) return {};
  return dtype_abbreviation(meta.dtype) + "[" + shape + "]";
}

std::string Builder::annotation_of(const std::string& name) {
  if (auto* meta = graph_.tensor_values.find(name)) return tensor_annotation(*meta);
  auto symbolic = [&](const auto* value, bool numbers_are_plain) -> std::string {
    auto* expr = value ? std::get_if<SymExpr>(value) : nullptr;
    if (!expr) return {};
    const auto& text = symbols_.text_of(*expr);
    bool is_number = expr->expr_str.starts_with("Integer(") || expr->expr_str.starts_with("Float(");
    return is_number && numbers_are_plain ? std::string() : "Sym(" + text + ")";
  };
  if (auto* value = graph_.sym_int_values.find(name)) return symbolic(value, true);
  if (auto* value = graph_.sym_float_values.find(name)) return symbolic(value, true);
  return symbolic(graph_.sym_bool_values.find(name), false);
}

// ---- nodes ----------------------------------------------------------------

std::string Builder::literal_input_name(std::size_t i) const {
  std::string name;
  if (signature_ && i < signature_->input_specs.size()) {
    const auto& spec = signature_->input_specs[i];
    if (auto* constant = std::get_if<InputToConstantInputSpec>(&spec)) name = constant->name;
  }
  return name.empty() ? "arg" + std::to_string(i) : name;
}

void Builder::add_placeholder(std::size_t i) {
  const auto* name = std::visit(ValueName(), graph_.inputs[i].value);
  auto target = name ? *name : literal_input_name(i);
  auto node = add(FxNode::Op::placeholder, fx_name_of_target(target), target);
  if (name) define(*name, node);
}

std::string Builder::name_of_call(const Node& node) const {
  if (node.name && !node.name->empty()) return *node.name;
  bool single = node.outputs.size() == 1 && node.is_hop_single_tensor_return.value_or(true);
  const auto* name = single ? std::visit(ValueName(), node.outputs[0].value) : nullptr;
  return name ? *name : fx_name_of_target(node.target);
}

void Builder::add_call(const Node& node) {
  FxNode call;
  add_arguments(node, call);  // first: subgraphs among them become nodes before this one
  auto index = add(FxNode::Op::call_function, name_of_call(node), node.target);
  result_.nodes[index].args = std::move(call.args);
  result_.nodes[index].kwargs = std::move(call.kwargs);
  result_.nodes[index].metadata = &node.metadata;
  add_outputs(node, index);
}

void Builder::add_arguments(const Node& node, FxNode& call) {
  bool is_symbolic = !node.target.starts_with("torch.ops.");
  for (const auto& input : node.inputs) {
    auto argument = convert(input.arg, &node.metadata);
    bool positional = is_symbolic || input.kind == ArgumentKind::positional || input.name.empty() ||
                      is_python_keyword(input.name);
    if (positional) {
      call.args.push_back(std::move(argument));
    } else {
      call.kwargs.emplace_back(input.name, std::move(argument));
    }
  }
}

bool Builder::returns_tuple_of_one(const Node& node) const {
  return node.outputs.size() == 1 && node.target.starts_with("torch.ops.higher_order") &&
         !node.is_hop_single_tensor_return.value_or(true) && !node.outputs[0].get<NoneArgument>();
}

void Builder::add_outputs(const Node& node, std::size_t call) {
  if (node.outputs.empty()) return;
  if (node.outputs.size() > 1 || returns_tuple_of_one(node)) {
    return add_getitems(call, node.outputs, node.metadata);
  }
  const auto& output = node.outputs[0];
  if (auto* name = std::visit(ValueName(), output.value)) return define(*name, call);
  if (output.get<NoneArgument>()) {
    result_.nodes[call].name = names_.create(fx_name_of_target(node.target) + "_unused");
  } else if (auto* tensors = output.get<std::vector<TensorArgument>>()) {
    add_getitems(call, *tensors, node.metadata);
  } else {
    throw UnsupportedError("node '" + node.name.value_or(node.target) + "' has an unknown result");
  }
}

void Builder::add_getitem(std::size_t source, std::size_t index, const std::string* value,
                          const Metadata& metadata) {
  auto node = add(FxNode::Op::call_function, value ? *value : "getitem", "_operator.getitem");
  result_.nodes[node].args = {reference(source), literal(std::to_string(index))};
  result_.nodes[node].metadata = &metadata;
  if (value) define(*value, node);
}

template <typename Elements>
void Builder::add_getitems(std::size_t source, const Elements& elements, const Metadata& metadata) {
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if constexpr (std::is_same_v<typename Elements::value_type, Argument>) {
      add_getitem_of(elements[i], source, i, metadata);
    } else if (auto* name = ValueName()(elements[i])) {
      add_getitem(source, i, name, metadata);
    }
  }
}

void Builder::add_getitem_of(const Argument& output, std::size_t source, std::size_t index,
                             const Metadata& metadata) {
  if (auto* name = std::visit(ValueName(), output.value)) {
    return add_getitem(source, index, name, metadata);
  }
  if (output.get<NoneArgument>()) {
    auto node = add(FxNode::Op::call_function, "as_none", "_operator.getitem");
    result_.nodes[node].args = {reference(source), literal(std::to_string(index))};
    result_.nodes[node].metadata = &metadata;
    return;
  }
  add_getitem(source, index, nullptr, metadata);
  auto list = result_.nodes.size() - 1;
  if (auto* tensors = output.get<std::vector<TensorArgument>>()) {
    add_getitems(list, *tensors, metadata);
  } else if (auto* sizes = output.get<std::vector<SymIntArgument>>()) {
    add_getitems(list, *sizes, metadata);
  } else if (auto* numbers = output.get<std::vector<SymFloatArgument>>()) {
    add_getitems(list, *numbers, metadata);
  }
}

void Builder::add_output() {
  FxArgument outputs = container(FxArgument::Kind::tuple);
  for (const auto& output : graph_.outputs) outputs.items.push_back(convert(output, nullptr));
  auto node = add(FxNode::Op::output, "output", "output");
  bool single = graph_.is_single_tensor_return && outputs.items.size() == 1;
  result_.nodes[node].args = {single ? std::move(outputs.items[0]) : std::move(outputs)};
}

// ---- arguments ------------------------------------------------------------

FxArgument Builder::convert_graph(const GraphArgument& argument, const Metadata* metadata) {
  auto node = add(FxNode::Op::get_attr, argument.name, argument.name);
  result_.nodes[node].metadata = metadata;
  auto& subgraphs = result_.subgraphs;
  auto known = std::find_if(subgraphs.begin(), subgraphs.end(),
                            [&](const auto& entry) { return entry.first == argument.name; });
  if (known == subgraphs.end()) {
    subgraphs.emplace_back(argument.name, &*argument.graph);
  } else {
    known->second = &*argument.graph;  // the later one replaces the attribute
  }
  return reference(node);
}

/// Containers and everything that refers to nodes; literals are handled before.
struct ArgumentVisitor {
  Builder& builder;
  const Metadata* metadata;

  template <typename T>
  FxArgument operator()(const T& value) const {
    if (auto* name = ValueName()(value)) return reference(builder.producer(*name));
    if constexpr (requires { std::get<1>(value.value); }) {  // a symbolic value that is a number
      return literal(literal_of_element(std::get<1>(value.value)));
    } else {
      throw UnsupportedError("an argument of an unknown kind");
    }
  }

  /// An object that is not an input is one of the program's constants.
  FxArgument operator()(const CustomObjArgument& value) const {
    auto found = builder.producers_.find(value.name);
    return found == builder.producers_.end() ? literal(value.name) : reference(found->second);
  }

  FxArgument operator()(const GraphArgument& value) const {
    return builder.convert_graph(value, metadata);
  }

  FxArgument operator()(const OptionalTensorArgument& value) const {
    if (std::holds_alternative<NoneArgument>(value)) return literal("None");
    return (*this)(std::get<TensorArgument>(value));
  }

  FxArgument operator()(std::int64_t value) const { return literal(literal_of_element(value)); }
  FxArgument operator()(double value) const { return literal(literal_of_element(value)); }
  FxArgument operator()(bool value) const { return literal(literal_of_element(value)); }
  FxArgument operator()(const std::string& value) const {
    return literal(literal_of_element(value));
  }

  template <typename T>
  FxArgument operator()(const std::vector<T>& values) const {
    auto list = container(FxArgument::Kind::list);
    for (const auto& value : values) list.items.push_back((*this)(static_cast<const T&>(value)));
    return list;
  }

  /// Python makes tuples of the inner lists: grids of a Triton kernel.
  FxArgument operator()(const std::vector<std::vector<std::int64_t>>& values) const {
    auto list = container(FxArgument::Kind::list);
    for (const auto& value : values) {
      list.items.push_back((*this)(value));
      list.items.back().kind = FxArgument::Kind::tuple;
    }
    return list;
  }

  FxArgument operator()(const ArgumentDict& dict) const {
    auto result = container(FxArgument::Kind::dict);
    for (const auto& entry : dict.entries) {
      result.keys.push_back(python_repr(entry.key));
      result.items.push_back(builder.convert(entry.value, metadata));
    }
    return result;
  }
};

FxArgument Builder::convert(const Argument& argument, const Metadata* metadata) {
  if (auto text = literal_of(argument)) return literal(*text);
  return std::visit(ArgumentVisitor{*this, metadata}, argument.value);
}

}  // namespace

FxGraph make_fx_graph(const Graph& graph, const GraphSignature* signature, SymbolText& symbols) {
  return Builder(graph, signature, symbols).build();
}

}  // namespace roundtrip
