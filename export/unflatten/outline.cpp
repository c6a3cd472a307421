#include "export/unflatten/outline.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <unordered_set>

#include "export/program/fx_names.h"
#include "export/program/graph_values.h"
#include "export/unflatten/flat_graph.h"

namespace roundtrip {
namespace {

using Signatures = std::unordered_map<std::string, ModuleCallSignature>;

/// Numbers that the flat graph has once may be needed in several modules: a module with
/// a signature of its own makes them itself, for nothing else can be passed to it.
bool may_be_repeated(const std::string& target) {
  static const std::unordered_set<std::string> kTargets = {
      "torch.ops.aten.sym_size.int", "torch.ops.aten.item.default",
      "torch.ops.aten.unbind.int",   "torch.ops.aten.sum.dim_IntList",
      "torch.ops.aten.view.default", "torch.ops.aten.diff.default"};
  return kTargets.count(target) > 0 || target.starts_with("_operator.");
}

/// `torch.ops.aten.add_.Tensor`, but not `torch.ops.aten.__and__.Tensor`.
bool writes_in_place(const std::string& target) {
  const auto dot = target.rfind("_.");
  return dot != std::string::npos && target[dot - 1] != '_';
}

/// The value that a node wrote to in place, which reads the same as its new one.
std::string written_value(const Node& node) {
  std::string value;
  if (!writes_in_place(node.target)) return value;
  for (const NamedArgument& input : node.inputs) {
    visit_values(input.arg, [&](const std::string& name, ValueKind) {
      if (value.empty()) value = name;
    });
  }
  return value;
}

std::string path_below(const std::string& parent, const std::string& child) {
  if (parent.empty()) return child;
  if (child.starts_with(parent + ".")) return child.substr(parent.size() + 1);
  throw UnsupportedError("the module '" + child + "' is called by '" + parent +
                         "' but is not below it in the model; make it a submodule of its caller");
}

/// One call of a module while its graph is built.
class ModuleFrame {
 public:
  /// The root.
  ModuleFrame(const FlatGraph& flat, const Signatures& signatures, Outline& outline);
  /// The module that the node at `begin` belongs to, one level below the parent's.
  ModuleFrame(ModuleFrame& parent, std::size_t begin);

  /// Takes over nodes from `node` on, up to one of another module; returns its index.
  std::size_t take_nodes(std::size_t node);
  void finish_root();

 private:
  void add_root_inputs();
  void add_call();
  void remember_call(const std::string& parent_path);
  void take_arguments(std::size_t begin);
  void copy_node(const Node& node);
  std::string define(const std::string& value, const std::string& name);
  std::string local(const std::string& value);
  std::string add_input(const std::string& value);
  void insert(Node node);
  void finish(std::size_t end);
  void give_results(std::size_t end);
  void give_what_is_used(std::size_t end);
  Argument local_argument(const std::string& value);
  Node& call() { return parent_->module_->graph->nodes[*parent_->active_call_]; }
  Graph& graph() { return *module_->graph; }

  const FlatGraph& flat_;
  const Signatures& signatures_;
  Outline& outline_;
  ModuleFrame* parent_ = nullptr;
  Stack stack_;
  const ModuleCallSignature* signature_ = nullptr;
  bool keeps_signature_ = false;
  ModuleNodePtr module_;
  FxNamespace names_;
  std::unordered_map<std::string, std::string> made_;   ///< here or below, by flat name
  std::vector<std::string> order_;                      ///< of `made_`
  std::unordered_map<std::string, std::string> given_;  ///< to this module
  std::vector<std::string> inputs_;                     ///< flat names
  std::optional<std::size_t> active_call_;              ///< of a submodule: index of its node
};

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
    if (!find_child(*owner, way[i])) set_child(*owner, way[i], std::make_shared<ModuleNode>());
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

std::string ModuleFrame::define(const std::string& value, const std::string& name) {
  if (made_.count(value) == 0) order_.push_back(value);
  made_[value] = name;
  return name;
}

void ModuleFrame::insert(Node node) {
  auto& nodes = graph().nodes;
  if (!active_call_) {
    nodes.push_back(std::move(node));
  } else {
    nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>((*active_call_)++), std::move(node));
  }
}

/// What the value is called here; passes it in if it was made elsewhere.
std::string ModuleFrame::local(const std::string& value) {
  if (const auto made = made_.find(value); made != made_.end()) return made->second;
  if (const auto given = given_.find(value); given != given_.end()) return given->second;
  const Node* producer = flat_.producer(value);
  if (parent_ != nullptr && (producer == nullptr || !keeps_signature_)) return add_input(value);
  if (producer != nullptr && may_be_repeated(producer->target)) {
    copy_node(*producer);
    return made_.at(value);
  }
  const std::string origin = producer == nullptr ? "" : written_value(*producer);
  if (!origin.empty()) return local(origin);
  throw UnsupportedError("the module '" + stack_.back().path + "' uses the value '" + value +
                         "', which is not passed to it: a module whose call signature is "
                         "preserved takes and gives no more than that");
}

Argument ModuleFrame::local_argument(const std::string& value) {
  const std::string name = local(value);
  return flat_.enter(value, name, graph());
}

/// State and other values that the signature does not have come before its arguments;
/// the last one that was asked for comes first, as in Python.
std::string ModuleFrame::add_input(const std::string& value) {
  const std::string name = names_.create(value);
  given_[value] = name;
  graph().inputs.insert(graph().inputs.begin(), flat_.enter(value, name, graph()));
  inputs_.insert(inputs_.begin(), value);
  Argument outer = parent_->local_argument(value);
  call().inputs.insert(call().inputs.begin() + 1, {"", std::move(outer), ArgumentKind::positional});
  return name;
}

void ModuleFrame::copy_node(const Node& node) {
  Node copy = node;
  for (NamedArgument& input : copy.inputs) {
    visit_values(input.arg, [this](std::string& name, ValueKind) { name = local(name); });
  }
  bool bears_name = false;
  if (copy.outputs.size() == 1 && !copy.outputs[0].get<std::vector<TensorArgument>>()) {
    visit_values(copy.outputs[0],
                 [&](std::string& name, ValueKind) { bears_name = name == copy.name; });
  }
  if (!bears_name && copy.name) copy.name = names_.create(*copy.name);
  for (Argument& output : copy.outputs) {
    visit_values(output, [&](std::string& name, ValueKind) {
      const std::string own = define(name, names_.create(name));
      flat_.enter(name, own, graph());
      name = own;
      if (bears_name) copy.name = own;
    });
  }
  insert(std::move(copy));
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
  outline_.inputs[module_.get()] = inputs_;
  parent_->active_call_.reset();
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

}  // namespace

std::string OutlinedCall::accessor() const {
  return path_below(parent_path, call_name(path, call));
}

Outline outline(const Graph& flat, const Signatures& signatures) {
  const FlatGraph values(flat);
  Outline result;
  ModuleFrame root(values, signatures, result);
  const std::size_t end = root.take_nodes(0);
  if (end < flat.nodes.size()) {
    throw ProgramError("node '" + flat.nodes[end].name.value_or("") +
                       "' belongs to no module of the program's root");
  }
  root.finish_root();
  return result;
}

}  // namespace roundtrip
