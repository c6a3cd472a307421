#include "export/unflatten/run.h"

#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/module_call.h>
#include <roundtrip/pytree.h>

#include "export/dispatch/capture_handler.h"
#include "export/interpreter/graphs/call_reader.h"
#include "export/interpreter/steps/leaves.h"

namespace roundtrip {
namespace {

constexpr const char* kModuleStack = "nn_module_stack";

using c10::IValue;

Values to_values(const std::vector<IValue>& leaves) {
  Values values;
  for (const IValue& leaf : leaves) values.push_back(output_value(leaf));
  return values;
}

std::vector<IValue> to_ivalues(const Values& leaves) {
  std::vector<IValue> values;
  for (const Value& leaf : leaves) values.push_back(box_leaf(leaf));
  return values;
}

/// What a module is called with, in the structure of its signature.
ExampleInputs structured(const ModuleCallSignature& signature,
                         const std::vector<IValue>& arguments) {
  Values leaves = to_values(arguments);
  // State of other modules that is passed besides is no part of the signature.
  leaves.erase(leaves.begin(), leaves.end() - static_cast<std::ptrdiff_t>(signature.inputs.size()));
  const Value inputs = tree_unflatten(std::move(leaves), treespec_loads(signature.in_spec));
  ExampleInputs call{inputs[0].container().items, {}};
  const Container& named = inputs[1].container();
  for (std::size_t i = 0; i < named.items.size(); ++i) {
    call.kwargs.emplace_back(named.keys[i].string(), named.items[i]);
  }
  return call;
}

ExampleInputs structured(const ModuleNode& module, const std::vector<IValue>& arguments) {
  return module.signature ? structured(*module.signature, arguments)
                          : ExampleInputs{to_values(arguments), {}};
}

Value structured_results(const ModuleNode& module, const std::vector<IValue>& results) {
  Values leaves = to_values(results);
  if (module.signature) {
    return tree_unflatten(std::move(leaves), treespec_loads(module.signature->out_spec));
  }
  return leaves.size() == 1 ? leaves.front() : Value::list(std::move(leaves));
}

/// Runs a module's graph as a layer that a capture, if one is under way, sees called.
std::vector<IValue> run_layer(const ModuleNode& layer, const ModuleNode& module,
                              std::vector<IValue> arguments, torch::jit::Stack& stack) {
  detail::ModuleCall call(&layer);
  if (!call.keeps_signature()) return run_graph(module, std::move(arguments), stack);
  const ExampleInputs inputs = structured(module, arguments);
  call.take(inputs.args, inputs.kwargs);
  std::vector<IValue> results = run_graph(module, std::move(arguments), stack);
  call.give(structured_results(module, results));
  return results;
}

void require_results(const std::string& path, std::size_t wanted, std::size_t found) {
  if (wanted == found) return;
  throw Error(c10::str("the callable in the place of '", path, "' must return ", wanted,
                       " values, but returned ", found));
}

/// Calls what the user put in a module's place, with what the module would be called with.
std::vector<IValue> call_replacement(const std::string& path, const Module& module,
                                     const ModuleCallSignature* signature,
                                     const std::vector<IValue>& arguments, std::size_t count) {
  TreeSpec spec;
  if (signature == nullptr) {
    const Values results = tree_flatten(module(to_values(arguments)), &spec);
    if (count == 0) return {};
    require_results(path, count, results.size());
    return to_ivalues(results);
  }
  const ExampleInputs inputs = structured(*signature, arguments);
  const Values results = tree_flatten(module(inputs.args, inputs.kwargs), &spec);
  const TreeSpec wanted = treespec_loads(signature->out_spec);
  if (!(spec == wanted)) {
    throw Error("the callable in the place of '" + path + "' must return " + wanted.str() +
                ", but returned " + spec.str());
  }
  return to_ivalues(results);
}

/// Calls a submodule: the one that is there when the step runs.
class CallStep final : public Step {
 public:
  CallStep(const ModuleNode& caller, const Node& node, Scope& scope)
      : caller_(caller), path_(*called_module(node)), results_(node.outputs(), scope) {
    for (std::size_t i = 1; i < node.inputs().size(); ++i) {
      operands_.append(node.inputs()[i].arg, scope);
    }
  }

  void run(Frame& frame) const override {
    std::vector<IValue> arguments = operands_.load(frame);
    const ModuleNode* slot = find(path_);
    const ModuleNode* called = slot;
    if (slot == nullptr) {
      slot = find(without_call(path_));
      called = slot == nullptr ? nullptr : slot->later_calls.at(call_index(path_) - 1).get();
    }
    if (called == nullptr) throw Error("the module has no submodule '" + path_ + "'");
    if (!slot->replacement) {
      const ModuleNode* layer = find(without_call(path_));
      return results_.store(frame, run_layer(layer == nullptr ? *called : *layer, *called,
                                             std::move(arguments), frame.stack));
    }
    const ModuleCallSignature* signature = called->signature ? &*called->signature : nullptr;
    results_.store(frame, call_replacement(path_, *slot->replacement, signature, arguments,
                                           results_.num_values()));
  }

 private:
  const ModuleNode* find(const std::string& path) const {
    const ModuleNode* module = &caller_;
    for (const std::string& name : split_path(path)) {
      const ModuleNodePtr child = find_child(*module, name);
      if (!child) return nullptr;
      module = child.get();
    }
    return module;
  }

  const ModuleNode& caller_;
  std::string path_;
  OperandList operands_;
  ResultSinks results_;
};

std::vector<IValue> root_arguments(const ModuleNode& root, const Values& args,
                                   const Kwargs& kwargs) {
  const std::vector<const Value*> leaves = root.root->tree.flatten(args, kwargs);
  const InputChecks& checks = root.root->checks;
  is_capturing() ? checks.check_captured(leaves) : checks.check(leaves);
  std::vector<IValue> arguments;
  for (const Value* leaf : leaves) arguments.push_back(box_leaf(*leaf));
  return arguments;
}

std::vector<IValue> arguments_of_signature(const ModuleNode& module, const Values& args,
                                           const Kwargs& kwargs) {
  if (module.num_arguments() != module.signature->inputs.size()) {
    throw UnsupportedError("the module uses state of other modules and cannot be called alone");
  }
  std::vector<std::pair<Value, Value>> named;
  for (const auto& [name, value] : kwargs) named.emplace_back(name, value);
  TreeSpec spec;
  const Values leaves =
      tree_flatten(Value::tuple({Value::tuple(args), Value::dict(std::move(named))}), &spec);
  const TreeSpec wanted = treespec_loads(module.signature->in_spec);
  if (spec == wanted) return to_ivalues(leaves);
  throw InputError("the module takes " + wanted.str() + ", but got " + spec.str());
}

std::vector<IValue> plain_arguments(const ModuleNode& module, const Values& args,
                                    const Kwargs& kwargs) {
  if (!kwargs.empty()) throw InputError("the module takes no keyword arguments");
  if (args.size() == module.num_arguments()) return to_ivalues(args);
  throw InputError(
      c10::str("the module takes ", module.num_arguments(), " arguments, but got ", args.size()));
}

std::vector<IValue> arguments_of(const ModuleNode& module, const Values& args,
                                 const Kwargs& kwargs) {
  if (module.root) return root_arguments(module, args, kwargs);
  if (module.signature) return arguments_of_signature(module, args, kwargs);
  return plain_arguments(module, args, kwargs);
}

}  // namespace

void compile(ModuleNode& module, const OperatorPolicy& policy) {
  if (module.graph && !module.plan) {
    // Where a node belongs, the module that runs says.
    for (Node& node : module.graph->nodes()) {
      std::erase_if(node.metadata(), [](const auto& entry) { return entry.first == kModuleStack; });
    }
    module.plan = std::make_unique<GraphPlan>(
        *module.graph, policy, 0,
        [&module](const Node& node, Scope& scope) -> std::unique_ptr<Step> {
          if (called_module(node) == nullptr) return nullptr;
          return std::make_unique<CallStep>(module, node, scope);
        });
  }
  for (const auto& [name, child] : *module.children) compile(*child, policy);
  for (const ModuleNodePtr& call : module.later_calls) {
    if (call) compile(*call, policy);
  }
}

std::vector<IValue> run_graph(const ModuleNode& module, std::vector<IValue> arguments,
                              torch::jit::Stack& stack) {
  for (const StateInput& state : module.state) arguments.emplace_back(state.tensor);
  return module.plan->run(std::move(arguments), stack);
}

Value run_module(const ModuleNode& module, const Values& args, const Kwargs& kwargs) {
  if (module.replacement) return (*module.replacement)(args, kwargs);
  if (!module.graph) {
    throw UnsupportedError("the module was not called by the program, so it cannot be run");
  }
  torch::jit::Stack stack;
  return structured_results(module, run_graph(module, arguments_of(module, args, kwargs), stack));
}

}  // namespace roundtrip
