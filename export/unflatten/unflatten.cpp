#include <roundtrip/error.h>
#include <roundtrip/unflatten.h>

#include <unordered_set>

#include "export/unflatten/calls.h"
#include "export/unflatten/graph_text.h"
#include "export/unflatten/in_place.h"
#include "export/unflatten/module_node.h"
#include "export/unflatten/outline.h"
#include "export/unflatten/run.h"
#include "export/unflatten/state.h"

namespace roundtrip {
namespace {

std::string below(const std::string& module, const std::string& name) {
  return module.empty() ? name : module + "." + name;
}

template <typename Visit>
void visit_modules(const ModuleNodePtr& module, const std::string& name, const Visit& visit) {
  visit(name, module);
  for (const auto& [child_name, child] : *module->children) {
    visit_modules(child, below(name, child_name), visit);
  }
}

OrderedMap<at::Tensor> named_tensors(const ModuleNodePtr& root,
                                     OrderedMap<at::Tensor> ModuleNode::*table) {
  OrderedMap<at::Tensor> found;
  std::unordered_set<const c10::TensorImpl*> known;
  visit_modules(root, "", [&](const std::string& name, const ModuleNodePtr& module) {
    for (const auto& entry : (*module).*table) {
      if (!known.insert(entry.value().unsafeGetTensorImpl()).second) continue;
      found.insert(below(name, entry.key()), entry.value());
    }
  });
  return found;
}

/// Tensors under all of their names. The later calls of a module share its state.
ModuleState state_of(const ModuleNodePtr& root) {
  ModuleState state;
  visit_modules(root, "", [&](const std::string& name, const ModuleNodePtr& module) {
    if (without_call(name) != name) return;
    const auto add = [&](const OrderedMap<at::Tensor>& tensors, OrderedMap<at::Tensor>& all) {
      for (const auto& entry : tensors) all.insert(below(name, entry.key()), entry.value());
    };
    add(module->parameters, state.parameters);
    add(module->buffers, state.buffers);
    add(module->constants, state.constants);
    state.modules.push_back({name, module->type, module.get()});
  });
  if (root->root) state.non_persistent = root->root->non_persistent;
  return state;
}

std::unordered_map<std::string, ModuleCallSignature> preserved_signatures(
    const std::vector<ModuleCallEntry>& entries) {
  std::unordered_map<std::string, ModuleCallSignature> signatures;
  for (const ModuleCallEntry& entry : entries) {
    if (!entry.fqn.empty() && entry.signature) signatures.emplace(entry.fqn, *entry.signature);
  }
  return signatures;
}

}  // namespace

UnflattenedModule::UnflattenedModule(std::shared_ptr<ModuleNode> node) : node_(std::move(node)) {
}

Value UnflattenedModule::operator()(const Values& args, const Kwargs& kwargs) const {
  return run_module(*node_, args, kwargs);
}

Module UnflattenedModule::module() const {
  std::vector<std::string> names;
  if (node_->signature) names = node_->signature->forward_arg_names.value_or(names);
  return Module(*this, [node = node_] { return state_of(node); }).arg_names(std::move(names));
}

OrderedMap<at::Tensor> UnflattenedModule::named_parameters() const {
  return named_tensors(node_, &ModuleNode::parameters);
}

OrderedMap<at::Tensor> UnflattenedModule::named_buffers() const {
  return named_tensors(node_, &ModuleNode::buffers);
}

OrderedMap<at::Tensor> UnflattenedModule::named_constants() const {
  return named_tensors(node_, &ModuleNode::constants);
}

std::vector<std::pair<std::string, UnflattenedModule>> UnflattenedModule::named_modules() const {
  std::vector<std::pair<std::string, UnflattenedModule>> modules;
  visit_modules(node_, "", [&](const std::string& name, const ModuleNodePtr& module) {
    modules.emplace_back(name, UnflattenedModule(module));
  });
  return modules;
}

UnflattenedModule UnflattenedModule::submodule(const std::string& name) const {
  if (auto found = find_module(node_, name)) return UnflattenedModule(std::move(found));
  throw Error("there is no submodule '" + name + "'");
}

void UnflattenedModule::set_submodule(const std::string& name, Module replacement) {
  const ModuleNodePtr present = find_module(node_, name);
  if (name.empty() || !present) throw Error("there is no submodule '" + name + "' to replace");
  auto node = std::make_shared<ModuleNode>();
  const ModuleState state = replacement.state();
  node->parameters = state.parameters;
  node->buffers = state.buffers;
  node->signature = present->signature;
  node->later_calls = present->later_calls;
  node->replacement = std::move(replacement);
  set_child(*find_parent(node_, name), last_name(name), std::move(node));
}

const std::string& UnflattenedModule::type_name() const {
  return node_->type;
}

const Graph* UnflattenedModule::graph() const {
  return node_->graph ? &*node_->graph : nullptr;
}

std::string UnflattenedModule::str() const {
  return tree_text(*node_) + "\n";
}

std::string UnflattenedModule::graph_text() const {
  return roundtrip::graph_text(*node_);
}

UnflattenedModule unflatten(const ExportedProgram& exported) {
  const Program& program = exported.program();
  const GraphModule& module = program.graph_module;
  auto inputs = std::make_unique<RootInputs>(program);
  const Graph flat = with_mutations_in_place(module);
  const Outline outlined = outline(flat, preserved_signatures(module.module_call_graph));
  assign_state(program, outlined.root);
  sink_state(program, outlined);
  merge_calls(outlined);
  sort_modules(module.module_call_graph, outlined.root);
  outlined.root->root = std::move(inputs);
  outlined.root->signature = module.module_call_graph.front().signature;
  compile(*outlined.root, OperatorPolicy(program));
  return UnflattenedModule(outlined.root);
}

}  // namespace roundtrip
