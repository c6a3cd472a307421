#include "export/decompose/repeated_inputs.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace roundtrip {

Program without_repeated_inputs(Program program) {
  GraphModule& module = program.graph_module;
  std::unordered_map<std::string, GraphValue*> first_of_target;
  std::vector<InputSpec> specs;
  std::vector<Argument> inputs;
  for (std::size_t i = 0; i < module.signature.input_specs.size(); ++i) {
    const InputSpec& spec = module.signature.input_specs[i];
    const Argument& input = module.graph.inputs().at(i);
    GraphValue* value = input.as_value();
    if (spec.is_state() && value != nullptr) {
      const auto [first, is_new] = first_of_target.emplace(spec.target, value);
      if (!is_new) {
        module.replace_uses(*value, *first->second);
        continue;
      }
    }
    specs.push_back(spec);
    inputs.push_back(input);
  }
  if (inputs.size() == module.graph.inputs().size()) return program;
  module.signature.input_specs = std::move(specs);
  module.graph.set_inputs(std::move(inputs));
  return program;
}

}  // namespace roundtrip
