#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/graph.h>

#include <algorithm>
#include <unordered_set>

#include "export/graph/names.h"
#include "export/graph/target.h"

namespace roundtrip {
namespace {

/// Copies nodes of one graph into another, where values go by the same names.
class Copier {
 public:
  Copier(const Graph& from, Graph& to) : to_(to) {
    for (const GraphValue* value : from.values()) {
      values_.emplace(value, &to.add_value(value->name(), value->type()));
    }
  }

  Argument copy(const Argument& argument) const {
    Argument copied = argument;
    map_values(copied, [this](GraphValue& value) { return values_.at(&value); });
    return copied;
  }

  std::vector<Argument> copy(const std::vector<Argument>& arguments) const {
    std::vector<Argument> copied;
    copied.reserve(arguments.size());
    for (const Argument& argument : arguments) copied.push_back(copy(argument));
    return copied;
  }

  void copy(const Node& node) const {
    NodeFields fields{node.target(),
                      {},
                      copy(node.outputs()),
                      node.metadata(),
                      node.is_hop_single_tensor_return(),
                      node.name()};
    fields.inputs.reserve(node.inputs().size());
    for (const NamedArgument& input : node.inputs()) {
      fields.inputs.push_back({input.name, copy(input.arg), input.kind});
    }
    to_.append(std::move(fields));
  }

 private:
  Graph& to_;
  std::unordered_map<const GraphValue*, GraphValue*> values_;
};

/// What the operator calls its arguments.
std::vector<NamedArgument> named(const std::string& target, std::vector<Argument> arguments) {
  const auto op = c10::Dispatcher::singleton().findSchema(operator_name(target));
  if (!op) {
    throw ProgramError("the operator '" + target +
                       "' is not known; load the library that registers it");
  }
  const auto& formals = op->schema().arguments();
  if (arguments.size() > formals.size()) {
    throw ProgramError(
        c10::str(target, " takes ", formals.size(), " arguments, but is given ", arguments.size()));
  }
  std::vector<NamedArgument> inputs;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto kind = formals[i].kwarg_only() ? ArgumentKind::keyword : ArgumentKind::positional;
    inputs.push_back({formals[i].name(), std::move(arguments[i]), kind});
  }
  return inputs;
}

}  // namespace

class Graph::Names : public FxNamespace {};

Graph::Graph() = default;
Graph::Graph(Graph&& other) noexcept = default;
Graph& Graph::operator=(Graph&& other) noexcept = default;
Graph::~Graph() = default;

Graph::Graph(const Graph& other) : is_single_tensor_return(other.is_single_tensor_return) {
  const Copier copier(other, *this);
  set_inputs(copier.copy(other.inputs_));
  for (const Node& node : other.nodes()) copier.copy(node);
  set_outputs(copier.copy(other.outputs_));
}

Graph& Graph::operator=(const Graph& other) {
  return *this = Graph(other);
}

// ---- values ---------------------------------------------------------------

GraphValue& Graph::add_value(std::string name, Type type) {
  if (find(name) != nullptr) throw ProgramError("the graph has two values named '" + name + "'");
  GraphValue& value = values_.emplace_back(std::move(name), std::move(type));
  by_name_.emplace(value.name_, &value);
  if (names_) names_->reserve(value.name_);
  return value;
}

GraphValue* Graph::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

GraphValue& Graph::find_or_add(std::string_view name) {
  GraphValue* known = find(name);
  return known != nullptr ? *known : add_value(std::string(name));
}

std::string Graph::unique_name(const std::string& candidate) {
  if (!names_) {
    names_ = std::make_unique<Names>();
    reserve_names();
  }
  return names_->create(candidate);
}

/// In the order in which `torch.fx` would have given them.
void Graph::reserve_names() {
  const auto reserve = [this](const GraphValue& value) { names_->reserve(value.name()); };
  for (const Argument& input : inputs_) for_each_value(input, reserve);
  for (const Node& node : std::as_const(*this).nodes()) {
    for (const Argument& output : node.outputs()) for_each_value(output, reserve);
    if (node.name()) names_->reserve(*node.name());
  }
  for (const GraphValue* value : values()) {
    if (!value->is_defined()) reserve(*value);
  }
}

void Graph::rename(GraphValue& value, std::string name) {
  if (value.name_ == name) return;
  if (find(name) != nullptr) throw ProgramError("the graph has a value named '" + name + "'");
  by_name_.erase(value.name_);
  take_name(value, std::move(name));
}

void Graph::rename(std::vector<std::pair<GraphValue*, std::string>> renamed) {
  for (const auto& [value, name] : renamed) by_name_.erase(value->name_);
  std::unordered_set<std::string_view> names;
  for (const auto& [value, name] : renamed) {
    if (find(name) == nullptr && names.insert(name).second) continue;
    for (const auto& entry : renamed) by_name_.emplace(entry.first->name_, entry.first);
    throw ProgramError("the graph would have two values named '" + name + "'");
  }
  for (auto& [value, name] : renamed) take_name(*value, std::move(name));
}

/// The value has left its old name.
void Graph::take_name(GraphValue& value, std::string name) {
  Node* node = value.producer_;
  if (node != nullptr && node->shares_name_with_result()) node->set_name(name);
  value.name_ = std::move(name);
  by_name_.emplace(value.name_, &value);
  if (names_) names_->reserve(value.name_);
}

void Graph::erase_undefined() {
  for (GraphValue& value : values_) {
    if (value.is_defined() || value.is_used()) continue;
    const auto named = by_name_.find(value.name_);
    if (named != by_name_.end() && named->second == &value) by_name_.erase(named);
    value.type_ = {};
  }
}

void Graph::replace_uses(GraphValue& from, GraphValue& to) {
  if (&from == &to) return;
  const auto replace = [&](GraphValue& value) { return &value == &from ? &to : &value; };
  for (const GraphValue::Use& use : std::exchange(from.uses_, {})) {
    for (NamedArgument& input : use.node->fields_.inputs) map_values(input.arg, replace);
    for (std::size_t i = 0; i < use.times; ++i) to.add_use(*use.node);
  }
  if (!from.is_output()) return;
  std::vector<Argument> outputs = outputs_;
  for (Argument& output : outputs) {
    map_values(output, replace);
  }
  set_outputs(std::move(outputs));
}

std::vector<GraphValue*> Graph::values() const {
  std::vector<GraphValue*> values;
  values.reserve(by_name_.size());
  for (const GraphValue& value : values_) {
    const bool is_left_over = !value.is_defined() && !value.is_used() && value.type_.index() == 0;
    if (!is_left_over) values.push_back(by_name_.at(value.name_));
  }
  return values;
}

// ---- inputs and outputs ---------------------------------------------------

void Graph::set_inputs(std::vector<Argument> inputs) {
  for (const Argument& input : inputs_) {
    for_each_value(input, [](GraphValue& value) { value.is_input_ = false; });
  }
  const std::vector<Argument> old = std::exchange(inputs_, {});
  for (Argument& input : inputs) add_input(std::move(input));
  for (const Argument& input : old) {
    for_each_value(input, [](GraphValue& value) { value.forget_if_gone(); });
  }
}

void Graph::insert_input(std::size_t index, Argument input) {
  for_each_value(input, [](GraphValue& value) {
    if (value.is_defined()) {
      throw ProgramError("the value '" + value.name() +
                         "' is defined a second time, as an input of the graph");
    }
    value.is_input_ = true;
  });
  inputs_.insert(inputs_.begin() + static_cast<std::ptrdiff_t>(index), std::move(input));
}

void Graph::set_outputs(std::vector<Argument> outputs) {
  for (const Argument& output : outputs_) {
    for_each_value(output, [](GraphValue& value) { --value.times_returned_; });
  }
  outputs_.clear();
  for (Argument& output : outputs) add_output(std::move(output));
}

void Graph::add_output(Argument output) {
  for_each_value(output, [](GraphValue& value) { ++value.times_returned_; });
  outputs_.push_back(std::move(output));
}

// ---- nodes ----------------------------------------------------------------

Node& Graph::insert(NodeFields fields, Node* place) {
  Node& node = all_nodes_.emplace_back();
  node.fields_.target = std::move(fields.target);
  node.fields_.metadata = std::move(fields.metadata);
  node.fields_.is_hop_single_tensor_return = fields.is_hop_single_tensor_return;
  node.fields_.name = std::move(fields.name);
  if (names_ && node.name()) names_->reserve(*node.name());
  node.set_inputs(std::move(fields.inputs));
  node.set_outputs(std::move(fields.outputs));
  link(node, place);
  return node;
}

GraphValue& Graph::insert_call(Node& place, const std::string& target,
                               std::vector<Argument> arguments, Type type) {
  NodeFields fields;
  fields.target = target;
  fields.inputs = named(target, std::move(arguments));
  fields.name = unique_name(fx_name_of_target(target));
  GraphValue& result = add_value(*fields.name, std::move(type));
  fields.outputs = {Argument(result)};
  insert_before(place, std::move(fields));
  return result;
}

void Graph::move_before(Node& node, Node& place) {
  if (&node == &place) return;
  unlink(node);
  link(node, &place);
}

void Graph::erase(Node& node) {
  for (const GraphValue* value : node.results()) {
    if (!value->is_used()) continue;
    throw ProgramError("node '" + node.name().value_or(node.target()) +
                       "' cannot be erased: its result '" + value->name() + "' is used");
  }
  std::vector<GraphValue*> results = node.results();
  node.clear();
  for (const GraphValue* result : results) by_name_.erase(result->name_);
  unlink(node);
  node.is_erased_ = true;
}

std::size_t Graph::erase_dead(const std::function<bool(const Node&)>& may_go) {
  std::size_t count = 0;
  Node* node = last_;
  while (node != nullptr) {
    Node* previous = node->previous_;
    const std::vector<GraphValue*> results = node->results();
    const bool is_used = std::any_of(results.begin(), results.end(),
                                     [](const GraphValue* value) { return value->is_used(); });
    if (!is_used && may_go(*node)) {
      erase(*node);
      ++count;
    }
    node = previous;
  }
  return count;
}

void Graph::link(Node& node, Node* place) {
  node.next_ = place;
  node.previous_ = place == nullptr ? last_ : place->previous_;
  (node.previous_ == nullptr ? first_ : node.previous_->next_) = &node;
  (place == nullptr ? last_ : place->previous_) = &node;
  ++num_nodes_;
}

/// The node keeps its link to the next one: see `Node::next`.
void Graph::unlink(Node& node) {
  (node.previous_ == nullptr ? first_ : node.previous_->next_) = node.next_;
  (node.next_ == nullptr ? last_ : node.next_->previous_) = node.previous_;
  --num_nodes_;
}

}  // namespace roundtrip
