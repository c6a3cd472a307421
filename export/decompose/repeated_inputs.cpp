#include "export/decompose/repeated_inputs.h"

#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "export/program/graph_values.h"
#include "export/program/state_inputs.h"

namespace roundtrip {
namespace {

using KeptNames = std::unordered_map<std::string, std::string>;

void use_kept(Argument& argument, const KeptNames& names) {
  visit_values(argument, [&](std::string& value, ValueKind) {
    if (const auto found = names.find(value); found != names.end()) value = found->second;
  });
}

void use_kept(OutputSpec& spec, const KeptNames& names) {
  std::visit(
      [&](auto& output) {
        using Arg = std::decay_t<decltype(output.arg)>;
        if constexpr (std::is_same_v<Arg, Argument>) {
          use_kept(output.arg, names);
        } else if (const auto found = names.find(output.arg.name); found != names.end()) {
          output.arg.name = found->second;
        }
      },
      spec);
}

std::string input_name(const Argument& input) {
  std::string name;
  visit_values(input, [&](const std::string& value, ValueKind) { name = value; });
  return name;
}

/// Drops inputs whose target another one before has; returns the names of their values with
/// those to use instead.
KeptNames drop_repeated(GraphModule& module) {
  KeptNames first_of_target;
  KeptNames names;
  std::vector<InputSpec> specs;
  std::vector<Argument> inputs;
  for (std::size_t i = 0; i < module.signature.input_specs.size(); ++i) {
    InputSpec& spec = module.signature.input_specs[i];
    Argument& input = module.graph.inputs.at(i);
    const std::string name = input_name(input);
    if (const auto state = state_of(spec)) {
      const auto [first, is_new] = first_of_target.emplace(state->target, name);
      if (!is_new) {
        names.emplace(name, first->second);
        continue;
      }
    }
    specs.push_back(std::move(spec));
    inputs.push_back(std::move(input));
  }
  module.signature.input_specs = std::move(specs);
  module.graph.inputs = std::move(inputs);
  return names;
}

}  // namespace

Program without_repeated_inputs(Program program) {
  GraphModule& module = program.graph_module;
  const KeptNames names = drop_repeated(module);
  if (names.empty()) return program;
  for (const auto& [dropped, kept] : names) module.graph.tensor_values.erase(dropped);
  for (Node& node : module.graph.nodes) {
    for (NamedArgument& input : node.inputs) use_kept(input.arg, names);
  }
  for (Argument& output : module.graph.outputs) use_kept(output, names);
  for (OutputSpec& spec : module.signature.output_specs) use_kept(spec, names);
  return program;
}

}  // namespace roundtrip
