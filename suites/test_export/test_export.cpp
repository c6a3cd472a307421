#include "suites/test_export/test_export.h"

#include <algorithm>
#include <regex>
#include <sstream>

namespace roundtrip {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The name an argument refers to; empty for a literal.
std::string name_of(const Argument& argument) {
  const auto* tensor = argument.get<TensorArgument>();
  return tensor ? tensor->value->name() : "";
}

std::string name_of(const InputSpec& spec) {
  return spec.kind == InputKind::constant_input ? spec.target : spec.arg.as_value()->name();
}

std::string keys_of(const OrderedMap<Payload>& payloads) {
  return join(payloads.keys());
}

/// Where the class of the subgraph begins in the program's text.
std::size_t find_class(const std::string& text, const std::vector<std::string>& subgraph) {
  std::size_t place = text.find("class GraphModule(");
  for (const std::string& name : subgraph) {
    place = text.find("class " + name + "(", place + 1);
    REQUIRE_MESSAGE(place != std::string::npos, name);
  }
  return place;
}

Value deep_copy(const Value& value) {
  if (value.is_tensor()) return value.tensor().detach().clone();
  if (!value.is_container()) return value;
  Container copy = value.container();
  copy.items = copy_of(copy.items);
  return copy;
}

}  // namespace

void TestExport::check_same_as_eager(TestContext& t, const Module& model, const Values& args,
                                     const Kwargs& kwargs, const ExportOptions& options) {
  auto program = t.export_program(model, args, kwargs, options);
  CHECK(allclose(program.run(args, kwargs), model(args, kwargs)));
}

bool is_retraceability_test(const TestContext& t) {
  return t.suffix().find("_retraceability") != std::string::npos;
}

bool is_training_ir_test(const TestContext& t) {
  return t.suffix().find("_training_ir_to_decomp") != std::string::npos ||
         t.suffix().find("_decompose") != std::string::npos;
}

bool is_cpp_runtime_test(const TestContext& t) {
  return t.suffix().find("_cpp_runtime") != std::string::npos;
}

ExportOptions strict(bool value) {
  ExportOptions options;
  options.strict = value;
  return options;
}

std::function<ModuleState()> state(NamedTensors parameters, NamedTensors buffers,
                                   std::vector<std::string> non_persistent) {
  return [=] {
    ModuleState state;
    for (const auto& [name, tensor] : parameters) state.parameters.insert(name, tensor);
    for (const auto& [name, tensor] : buffers) state.buffers.insert(name, tensor);
    state.non_persistent = non_persistent;
    return state;
  };
}

std::function<ModuleState()> constants(NamedTensors tensors) {
  return [=] {
    ModuleState state;
    for (const auto& [name, tensor] : tensors) state.constants.insert(name, tensor);
    return state;
  };
}

Module declaring(const Module& model, NamedTensors tensors) {
  const auto forward = [model](const Values& args, const Kwargs& kwargs) {
    return model(args, kwargs);
  };
  const auto state = [model, tensors] {
    ModuleState state = model.state();
    for (const auto& [name, tensor] : tensors) state.constants.insert(name, tensor);
    return state;
  };
  return Module(forward, state).arg_names(model.arg_names());
}

Tensor parameter(Tensor data) {
  return data.set_requires_grad(true);
}

Module as_module(const ExportedProgram& program) {
  return program.module();
}

Values copy_of(const Values& values) {
  Values copies;
  for (const Value& value : values) copies.push_back(deep_copy(value));
  return copies;
}

const Value& keyword(const Kwargs& kwargs, const std::string& name) {
  for (const auto& [key, value] : kwargs) {
    if (key == name) return value;
  }
  throw InputError("no keyword argument '" + name + "'");
}

std::string input_names(const ExportedProgram& program) {
  std::vector<std::string> names;
  for (const auto& spec : program.program().graph_module.signature.input_specs) {
    names.push_back(name_of(spec));
  }
  return join(names);
}

std::string node_names(const ExportedProgram& program) {
  std::vector<std::string> names;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    names.push_back(
        node.name().value_or(node.outputs().empty() ? "" : name_of(node.outputs().front())));
  }
  return join(names);
}

std::string operators(const Graph& graph) {
  std::vector<std::string> operators;
  for (const Node& node : graph.nodes()) {
    auto first_dot = node.target().find('.', std::string("torch.ops.").size());
    operators.push_back(node.target().substr(first_dot + 1));
  }
  return join(operators);
}

std::string operators(const ExportedProgram& program) {
  return operators(program.program().graph_module.graph);
}

std::string code(const ExportedProgram& program, const std::vector<std::string>& subgraph) {
  static const std::regex annotation(": \"[^\"]*\"");
  const std::string text = program.str();
  const std::size_t start = text.find("def forward(", find_class(text, subgraph));
  const std::size_t indent = start - text.rfind('\n', start) - 1;
  std::istringstream lines(text.substr(start));
  std::string code, line;
  std::getline(lines, line);
  code = std::regex_replace(line, annotation, "");
  while (std::getline(lines, line)) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first == std::string::npos || line[first] == '#') continue;
    if (first <= indent) break;
    const std::size_t assigns = line.find(" = ");
    const std::string target =
        std::regex_replace(line.substr(indent, assigns - indent), annotation, "");
    code += "\n" + target + (assigns == std::string::npos ? "" : line.substr(assigns));
  }
  return code;
}

std::string weight_names(const ExportedProgram& program) {
  return keys_of(program.program().weights);
}

std::string constant_names(const ExportedProgram& program) {
  return keys_of(program.program().constants);
}

const Tensor& weight(const ExportedProgram& program, const std::string& name) {
  return std::get<Tensor>(program.program().weights[name].data);
}

ROUNDTRIP_SUITE(TestExport, "Upstream's TestExport");

}  // namespace roundtrip

ROUNDTRIP_PLUGIN("test_export", "1.0", "Upstream's TestExport");
