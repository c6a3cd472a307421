#include "export/unflatten/module_frame.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "export/program/graph_values.h"

/// Where a module stands: its place in the tree, its call, what it takes and gives.

namespace roundtrip {
namespace {

constexpr const char* kAnnotations = "custom";

Metadata::const_iterator find_annotations(const Metadata& metadata) {
  return std::find_if(metadata.begin(), metadata.end(),
                      [](const auto& entry) { return entry.first == kAnnotations; });
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
  for (const Argument& input : flat_.graph().inputs) {
    Argument own = input;
    std::string value;
    visit_values(own, [&](std::string& name, ValueKind) {
      value = name;
      name = define(value, names_.create(value));
    });
    if (!value.empty()) own = flat_.enter(value, made_[value], graph());
    graph().inputs.push_back(std::move(own));
    inputs_.push_back(value);
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
  if (signature_ != nullptr) module_->signature = *signature_;
  set_child(*owner, way.back(), module_);

  remember_call(parent_path);
  Node call;
  call.target = kCallModule;
  call.name = parent_->names_.create(fx_snake_case(accessor));
  call.inputs = {{"module", {accessor}, ArgumentKind::positional}};
  parent_->insert(std::move(call));
  parent_->active_call_ = parent_->graph().nodes.size() - 1;
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

/// A module with a signature takes the leaves of what the model's module took.
void ModuleFrame::take_arguments(std::size_t begin) {
  for (const Argument& argument : signature_->inputs) {
    Argument outer = argument;
    Argument inner{NoneArgument{}};
    std::string value;
    visit_values(argument, [&](const std::string& name, ValueKind) { value = name; });
    if (!value.empty() && !flat_.is_known(value, begin)) {
      outer = {NoneArgument{}};
      value.clear();
    }
    if (!value.empty()) {
      outer = parent_->local_argument(value);
      given_[value] = names_.create(value);
      inner = flat_.enter(value, given_[value], graph());
    }
    call().inputs.push_back({"", std::move(outer), ArgumentKind::positional});
    graph().inputs.push_back(std::move(inner));
    inputs_.emplace_back();
  }
}

std::size_t ModuleFrame::take_nodes(std::size_t node) {
  const auto& nodes = flat_.graph().nodes;
  while (node < nodes.size()) {
    const Stack& found = flat_.stack(node);
    const Stack& stack = found.empty() ? stack_ : found;
    const bool is_here =
        stack.size() >= stack_.size() && std::equal(stack_.begin(), stack_.end(), stack.begin());
    if (!is_here) break;
    if (stack.size() > stack_.size()) {
      node = ModuleFrame(*this, node).take_nodes(node);
      continue;
    }
    copy_node(nodes[node++]);
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
  parent_->active_call_.reset();
}

/// Annotations that all nodes have in common become the call's, as in Python, which looks
/// at the values they make: a call that gives several has none there.
void ModuleFrame::lift_annotations() {
  const auto own = [](const Node& node) -> std::string {
    if (node.target == kCallModule && node.outputs.size() != 1) return {};
    const auto found = find_annotations(node.metadata);
    return found == node.metadata.end() ? std::string() : found->second;
  };
  auto& nodes = graph().nodes;
  if (nodes.empty()) return;
  const std::string common = own(nodes.front());
  const bool is_common = std::all_of(nodes.begin(), nodes.end(),
                                     [&](const Node& node) { return own(node) == common; });
  if (common.empty() || !is_common) return;
  call().metadata.emplace_back(kAnnotations, common);
  for (Node& node : nodes) {
    std::erase_if(node.metadata, [](const auto& entry) { return entry.first == kAnnotations; });
  }
}

/// The leaves of what the model's module returned.
void ModuleFrame::give_results(std::size_t end) {
  for (const Argument& output : signature_->outputs) {
    std::string value;
    visit_values(output, [&](const std::string& name, ValueKind) { value = name; });
    if (value.empty() || !flat_.is_known(value, end)) {
      graph().outputs.push_back(value.empty() ? output : Argument{NoneArgument{}});
      call().outputs.push_back({NoneArgument{}});
      continue;
    }
    graph().outputs.push_back(local_argument(value));
    const std::string outer = parent_->define(value, parent_->names_.create("getitem"));
    call().outputs.push_back(flat_.enter(value, outer, parent_->graph()));
  }
}

/// The values that nodes behind the call use.
void ModuleFrame::give_what_is_used(std::size_t end) {
  std::vector<std::string> values;
  for (const std::string& value : order_) {
    if (flat_.is_used_from(value, end)) values.push_back(value);
  }
  graph().is_single_tensor_return = values.size() == 1;
  for (const std::string& value : values) {
    graph().outputs.push_back(local_argument(value));
    const std::string outer = parent_->define(
        value, values.size() == 1 ? *call().name : parent_->names_.create("getitem"));
    call().outputs.push_back(flat_.enter(value, outer, parent_->graph()));
  }
}

void ModuleFrame::finish_root() {
  for (const Argument& output : flat_.graph().outputs) {
    Argument own = output;
    visit_values(own, [this](std::string& name, ValueKind) { name = local(name); });
    graph().outputs.push_back(std::move(own));
  }
  outline_.inputs[module_.get()] = inputs_;
}

}  // namespace roundtrip
