#pragma once

#include <roundtrip/exported_program.h>

#include "export/interpreter/steps/operator_policy.h"
#include "export/unflatten/module_node.h"

namespace roundtrip {

/// Compiles the graphs of the module and of all below it.
void compile(ModuleNode& module, const OperatorPolicy& policy);

/// Runs a module's graph on its arguments. The stack must be empty.
std::vector<c10::IValue> run_graph(const ModuleNode& module, std::vector<c10::IValue> arguments,
                                   torch::jit::Stack& stack);

/// Runs the module as `UnflattenedModule` says.
Value run_module(const ModuleNode& module, const Values& args, const Kwargs& kwargs);

}  // namespace roundtrip
