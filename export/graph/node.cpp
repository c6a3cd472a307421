#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/graph.h>

#include <algorithm>
#include <unordered_set>

namespace roundtrip {

// ---- values ---------------------------------------------------------------

std::optional<ValueKind> GraphValue::kind() const {
  if (type_.index() == 0) return std::nullopt;
  return static_cast<ValueKind>(type_.index() - 1);
}

std::vector<Node*> GraphValue::users() const {
  std::vector<Node*> users;
  std::unordered_set<const Node*> known;
  users.reserve(uses_.size());
  for (const Use& use : uses_) {
    if (known.insert(use.node).second) users.push_back(use.node);
  }
  return users;
}

/// A graph may have a value that every node uses: no search here. A node that uses it again
/// later may have a second entry.
void GraphValue::add_use(Node& node) {
  if (!uses_.empty() && uses_.back().node == &node) {
    ++uses_.back().times;
  } else {
    uses_.push_back({&node, 1});
  }
}

/// Passes that erase nodes do so from last to first.
void GraphValue::remove_use(Node& node) {
  const auto use = std::find_if(uses_.rbegin(), uses_.rend(),
                                [&](const Use& candidate) { return candidate.node == &node; });
  if (--use->times == 0) uses_.erase(std::next(use).base());
}

void GraphValue::forget_if_gone() {
  if (!is_defined() && !is_used()) type_ = {};
}

// ---- nodes ----------------------------------------------------------------

void Node::set_inputs(std::vector<NamedArgument> inputs) {
  for (const NamedArgument& input : fields_.inputs) {
    for_each_value(input.arg, [this](GraphValue& value) { value.remove_use(*this); });
  }
  fields_.inputs = std::move(inputs);
  for (const NamedArgument& input : fields_.inputs) {
    for_each_value(input.arg, [this](GraphValue& value) { value.add_use(*this); });
  }
}

void Node::set_input(std::size_t index, Argument argument) {
  Argument& input = fields_.inputs.at(index).arg;
  for_each_value(input, [this](GraphValue& value) { value.remove_use(*this); });
  input = std::move(argument);
  for_each_value(input, [this](GraphValue& value) { value.add_use(*this); });
}

void Node::insert_input(std::size_t index, NamedArgument input) {
  for_each_value(input.arg, [this](GraphValue& value) { value.add_use(*this); });
  fields_.inputs.insert(fields_.inputs.begin() + static_cast<std::ptrdiff_t>(index),
                        std::move(input));
}

void Node::erase_input(std::size_t index) {
  const auto input = fields_.inputs.begin() + static_cast<std::ptrdiff_t>(index);
  for_each_value(input->arg, [this](GraphValue& value) { value.remove_use(*this); });
  fields_.inputs.erase(input);
}

const Argument* Node::input(std::string_view name) const {
  const auto found = std::find_if(fields_.inputs.begin(), fields_.inputs.end(),
                                  [&](const NamedArgument& input) { return input.name == name; });
  return found == fields_.inputs.end() ? nullptr : &found->arg;
}

void Node::replace_input(GraphValue& from, GraphValue& to) {
  for (NamedArgument& input : fields_.inputs) {
    map_values(input.arg, [&](GraphValue& value) {
      if (&value != &from) return &value;
      from.remove_use(*this);
      to.add_use(*this);
      return &to;
    });
  }
}

std::vector<GraphValue*> Node::operands() const {
  std::vector<GraphValue*> values;
  std::unordered_set<const GraphValue*> known;
  for (const NamedArgument& input : fields_.inputs) {
    for_each_value(input.arg, [&](GraphValue& value) {
      if (known.insert(&value).second) values.push_back(&value);
    });
  }
  return values;
}

void Node::set_outputs(std::vector<Argument> outputs) {
  for (const Argument& output : fields_.outputs) {
    for_each_value(output, [](GraphValue& value) { value.producer_ = nullptr; });
  }
  const std::vector<Argument> old = std::exchange(fields_.outputs, {});
  for (Argument& output : outputs) add_output(std::move(output));
  for (const Argument& output : old) {
    for_each_value(output, [](GraphValue& value) { value.forget_if_gone(); });
  }
}

void Node::add_output(Argument output) {
  for_each_value(output, [this](GraphValue& value) {
    if (value.is_defined()) {
      throw ProgramError("the value '" + value.name() + "' is defined a second time, by node '" +
                         fields_.name.value_or(fields_.target) + "'");
    }
    value.producer_ = this;
  });
  fields_.outputs.push_back(std::move(output));
}

std::vector<GraphValue*> Node::results() const {
  std::vector<GraphValue*> values;
  for (const Argument& output : fields_.outputs) {
    for_each_value(output, [&](GraphValue& value) { values.push_back(&value); });
  }
  return values;
}

GraphValue& Node::result() const {
  const std::vector<GraphValue*> values = results();
  if (values.size() == 1) return *values.front();
  throw ProgramError(c10::str("node '", fields_.name.value_or(fields_.target), "' has ",
                              values.size(), " results, not one"));
}

std::vector<GraphArgument*> Node::subgraphs() {
  std::vector<GraphArgument*> graphs;
  for (NamedArgument& input : fields_.inputs) {
    if (auto* graph = input.arg.get<GraphArgument>()) graphs.push_back(graph);
  }
  return graphs;
}

std::vector<const GraphArgument*> Node::subgraphs() const {
  std::vector<const GraphArgument*> graphs;
  for (const NamedArgument& input : fields_.inputs) {
    if (const auto* graph = input.arg.get<GraphArgument>()) graphs.push_back(graph);
  }
  return graphs;
}

bool Node::shares_name_with_result() const {
  if (fields_.outputs.size() != 1) return false;
  const GraphValue* value = fields_.outputs[0].as_value();
  return value != nullptr && value->name() == fields_.name;
}

/// After one that was erased comes what came after it then, or what comes after that now.
Node* Node::next() const {
  Node* node = next_;
  while (node != nullptr && node->is_erased_) node = node->next_;
  return node;
}

void Node::clear() {
  set_inputs({});
  set_outputs({});
  fields_.metadata.clear();
}

}  // namespace roundtrip
