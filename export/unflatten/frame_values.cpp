#include <roundtrip/error.h>

#include <unordered_set>

#include "export/program/graph_values.h"
#include "export/unflatten/module_frame.h"

/// What a module's graph calls the values that its nodes use, and how it comes by them.

namespace roundtrip {
namespace {

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

}  // namespace

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

}  // namespace roundtrip
