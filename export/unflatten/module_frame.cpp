#include "export/unflatten/module_frame.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "export/graph/names.h"

/// Where a module stands: its place in the tree, its call, what it takes and gives.

namespace roundtrip {
namespace {

constexpr const char* kAnnotations = "custom";

Metadata::const_iterator find_annotations(const Metadata& metadata) {
  return std::find_if(metadata.begin(), metadata.end(),
                      [](const auto& entry) { return entry.first == kAnnotations; });
}

/// What is left of a signature without the program: how much the call takes and gives.
ModuleCallSignature without_values(ModuleCallSignature signature) {
  for (auto* arguments : {&signature.inputs, &signature.outputs}) {
    for (Argument& argument : *arguments) argument = NoneArgument{};
  }
  return signature;
}

}  // namespace

std::string path_below(const std::string& parent, const std::string& child) {
  if (parent.empty()) return child;
  if (child.starts_with(parent + ".")) return child.substr(parent.size() + 1);
  throw UnsupportedError("the module '" + child + "' is called by '" + parent +
                         "' but is not below it in the model; make it a submodule of its caller");
}

ModuleFrame::ModuleFrame(const FlatGraph& flat, const Signatures& signatures, Outline& outline)
    : flat_(flat),
      signatures_(signatures),
      outline_(outline),
      stack_{StackEntry{}},
      module_(std::make_shared<ModuleNode>()) {
  module_->graph.emplace();
  module_->graph->is_single_tensor_return = flat.graph().is_single_tensor_return;
  module_->type = root_type(flat.graph());
  outline_.root = module_;
  add_root_inputs();
}

void ModuleFrame::add_root_inputs() {
  for (const Argument& input : flat_.graph().inputs()) {
    const GraphValue* value = input.as_value();
    if (value == nullptr) {
      graph().add_input(input);
    } else {
      graph().add_input(define(*value, graph().unique_name(value->name())));
    }
    inputs_.push_back(value == nullptr ? "" : value->name());
  }
}

ModuleFrame::ModuleFrame(ModuleFrame& parent, std::size_t begin)
    : flat_(parent.flat_),
      signatures_(parent.signatures_),
      outline_(parent.outline_),
      parent_(&parent),
      stack_(parent.stack_) {
  const Stack& stack = flat_.stack(begin);
  stack_.push_back(stack[stack_.size()]);
  const StackEntry& entry = stack_.back();
  const auto signature = signatures_.find(call_name(entry.path, entry.call));
  if (signature != signatures_.end()) signature_ = &signature->second;
  keeps_signature_ = signatures_.count(entry.path) > 0;
  add_call();
  if (signature_ != nullptr) take_arguments(begin);
}

/// Puts the module into the tree and its call into the caller's graph.
void ModuleFrame::add_call() {
  const StackEntry& entry = stack_.back();
  const std::string& parent_path = parent_->stack_.back().path;
  const std::string accessor = path_below(parent_path, call_name(entry.path, entry.call));
  ModuleNodePtr owner = parent_->module_;
  std::vector<std::string> way = split_path(accessor);
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    if (!find_child(*owner, way[i])) {
      set_child(*owner, way[i], std::make_shared<ModuleNode>());
      find_child(*owner, way[i])->has_called_child = true;
    }
    owner = find_child(*owner, way[i]);
  }
  module_ = find_child(*owner, way.back());
  if (!module_) module_ = std::make_shared<ModuleNode>();
  module_->graph.emplace();
  module_->type = entry.type;
  if (signature_ != nullptr) module_->signature = without_values(*signature_);
  set_child(*owner, way.back(), module_);

  remember_call(parent_path);
  NodeFields call;
  call.target = kCallModule;
  call.name = parent_->graph().unique_name(fx_snake_case(accessor));
  call.inputs = {{"module", {accessor}, ArgumentKind::positional}};
  parent_->active_call_ = &parent_->insert(std::move(call));
}

/// The calls of a module have their submodules in common.
void ModuleFrame::remember_call(const std::string& parent_path) {
  const StackEntry& entry = stack_.back();
  auto& groups = outline_.calls;
  auto group = std::find_if(groups.begin(), groups.end(),
                            [&](const auto& calls) { return calls.front().key == entry.key; });
  const OutlinedCall call{entry.path,  entry.key,        entry.call,
                          parent_path, parent_->module_, module_};
  if (group == groups.end()) {
    groups.push_back({call});
  } else {
    module_->children = group->front().module->children;
    group->push_back(call);
  }
}

/// The value of the flat graph that an argument of a signature names, if a node before `end` or an
/// input makes it. Signatures name values of the program's own graph.
const GraphValue* ModuleFrame::known_value(const Argument& argument, std::size_t end) const {
  const GraphValue* named = argument.as_value();
  const GraphValue* value = named == nullptr ? nullptr : flat_.graph().find(named->name());
  return value != nullptr && flat_.is_known(*value, end) ? value : nullptr;
}

/// A module with a signature takes the leaves of what the model's module took.
void ModuleFrame::take_arguments(std::size_t begin) {
  for (const Argument& argument : signature_->inputs) {
    const bool is_constant = argument.as_value() == nullptr;
    Argument outer = is_constant ? argument : NoneArgument{};
    Argument inner{NoneArgument{}};
    if (const GraphValue* value = known_value(argument, begin)) {
      outer = parent_->local(*value);
      GraphValue& own = FlatGraph::enter(*value, graph().unique_name(value->name()), graph());
      given_[value] = &own;
      inner = own;
    }
    call().insert_input(call().inputs().size(), {"", std::move(outer), ArgumentKind::positional});
    graph().add_input(std::move(inner));
    inputs_.emplace_back();
  }
}

std::size_t ModuleFrame::take_nodes(std::size_t node) {
  while (node < flat_.num_nodes()) {
    const Stack& found = flat_.stack(node);
    const Stack& stack = found.empty() ? stack_ : found;
    const bool is_here =
        stack.size() >= stack_.size() && std::equal(stack_.begin(), stack_.end(), stack.begin());
    if (!is_here) break;
    if (stack.size() > stack_.size()) {
      node = ModuleFrame(*this, node).take_nodes(node);
      continue;
    }
    copy_node(flat_.node(node++));
  }
  if (parent_ != nullptr) finish(node);
  return node;
}

void ModuleFrame::finish(std::size_t end) {
  if (signature_ != nullptr) {
    give_results(end);
  } else {
    give_what_is_used(end);
  }
  lift_annotations();
  outline_.inputs[module_.get()] = inputs_;
  parent_->active_call_ = nullptr;
}

/// Annotations that all nodes have in common become the call's, as in Python, which looks
/// at the values they make: a call that gives several has none there.
void ModuleFrame::lift_annotations() {
  const auto own = [](const Node& node) -> std::string {
    if (node.target() == kCallModule && node.outputs().size() != 1) return {};
    const auto found = find_annotations(node.metadata());
    return found == node.metadata().end() ? std::string() : found->second;
  };
  const auto nodes = graph().nodes();
  if (graph().num_nodes() == 0) return;
  const std::string common = own(*nodes.begin());
  const bool is_common = std::all_of(nodes.begin(), nodes.end(),
                                     [&](const Node& node) { return own(node) == common; });
  if (common.empty() || !is_common) return;
  call().metadata().emplace_back(kAnnotations, common);
  for (Node& node : nodes) {
    std::erase_if(node.metadata(), [](const auto& entry) { return entry.first == kAnnotations; });
  }
}

/// The leaves of what the model's module returned.
void ModuleFrame::give_results(std::size_t end) {
  for (const Argument& output : signature_->outputs) {
    const bool is_constant = output.as_value() == nullptr;
    const GraphValue* value = known_value(output, end);
    if (value == nullptr) {
      graph().add_output(is_constant ? output : Argument{NoneArgument{}});
      call().add_output(NoneArgument{});
      continue;
    }
    graph().add_output(local(*value));
    call().add_output(parent_->define(*value, parent_->graph().unique_name("getitem")));
  }
}

/// The values that nodes behind the call use.
void ModuleFrame::give_what_is_used(std::size_t end) {
  std::vector<const GraphValue*> values;
  for (const GraphValue* value : order_) {
    if (flat_.is_used_from(*value, end)) values.push_back(value);
  }
  const bool is_single = values.size() == 1;
  graph().is_single_tensor_return = is_single;
  for (const GraphValue* value : values) {
    graph().add_output(local(*value));
    const std::string name = is_single ? *call().name() : parent_->graph().unique_name("getitem");
    call().add_output(parent_->define(*value, name));
  }
}

void ModuleFrame::finish_root() {
  for (const Argument& output : flat_.graph().outputs()) {
    Argument own = output;
    map_values(own, [this](GraphValue& value) { return &local(value); });
    graph().add_output(std::move(own));
  }
  outline_.inputs[module_.get()] = inputs_;
}

}  // namespace roundtrip
