#include <roundtrip/error.h>

#include <unordered_set>

#include "export/program/unused_results.h"
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

/// The value that a node wrote to in place, which reads the same as its new one; null for other
/// nodes.
const GraphValue* written_value(const Node& node) {
  const std::vector<GraphValue*> operands = node.operands();
  return writes_in_place(node.target()) && !operands.empty() ? operands.front() : nullptr;
}

}  // namespace

GraphValue& ModuleFrame::define(const GraphValue& value, const std::string& name) {
  if (made_.count(&value) == 0) order_.push_back(&value);
  return *(made_[&value] = &FlatGraph::enter(value, name, graph()));
}

Node& ModuleFrame::insert(NodeFields fields) {
  return active_call_ == nullptr ? graph().append(std::move(fields))
                                 : graph().insert_before(*active_call_, std::move(fields));
}

/// What the value is here; passes it in if it was made elsewhere.
GraphValue& ModuleFrame::local(const GraphValue& value) {
  if (const auto made = made_.find(&value); made != made_.end()) return *made->second;
  if (const auto given = given_.find(&value); given != given_.end()) return *given->second;
  if (!value.is_defined()) throw ProgramError("no node makes the value '" + value.name() + "'");
  const Node* producer = value.producer();
  if (parent_ != nullptr && (producer == nullptr || !keeps_signature_)) return add_input(value);
  if (producer != nullptr && may_be_repeated(producer->target())) {
    copy_node(*producer);
    return *made_.at(&value);
  }
  const GraphValue* origin = producer == nullptr ? nullptr : written_value(*producer);
  if (origin != nullptr) return local(*origin);
  throw UnsupportedError("the module '" + stack_.back().path + "' uses the value '" + value.name() +
                         "', which is not passed to it: a module whose call signature is "
                         "preserved takes and gives no more than that");
}

/// State and other values that the signature does not have come before its arguments;
/// the last one that was asked for comes first, as in Python.
GraphValue& ModuleFrame::add_input(const GraphValue& value) {
  GraphValue& own = FlatGraph::enter(value, graph().unique_name(value.name()), graph());
  given_[&value] = &own;
  graph().insert_input(0, own);
  inputs_.insert(inputs_.begin(), value.name());
  call().insert_input(1, {"", parent_->local(value), ArgumentKind::positional});
  return own;
}

void ModuleFrame::copy_node(const Node& node) {
  NodeFields copy{node.target(),
                  node.inputs(),
                  node.outputs(),
                  node.metadata(),
                  node.is_hop_single_tensor_return(),
                  node.name()};
  for (NamedArgument& input : copy.inputs) {
    map_values(input.arg, [this](GraphValue& value) { return &local(value); });
  }
  const bool bears_name = node.shares_name_with_result();
  if (!bears_name && copy.name) copy.name = graph().unique_name(*copy.name);
  for (Argument& output : copy.outputs) {
    map_values(output, [&](GraphValue& value) {
      GraphValue& own = define(value, graph().unique_name(value.name()));
      if (bears_name) copy.name = own.name();
      return &own;
    });
  }
  insert(std::move(copy));
}

}  // namespace roundtrip
