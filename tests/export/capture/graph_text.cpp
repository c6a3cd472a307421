#include "tests/export/capture/graph_text.h"

#include <c10/util/StringUtil.h>

#include <complex>

namespace roundtrip {
namespace {

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::int64_t value) { return std::to_string(value); }
std::string text(double value) { return c10::str(value); }
std::string text(const std::string& value) { return "'" + value + "'"; }
std::string text(c10::ScalarType value) { return c10::toString(value); }
std::string text(c10::MemoryFormat value) { return c10::str(value); }
std::string text(c10::Layout value) { return c10::str(value); }
std::string text(c10::Device value) { return value.str(); }
std::string text(const std::complex<double>& value) { return c10::str(value); }
std::string text(const NoneArgument&) { return "None"; }
std::string text(const TensorArgument& value) { return value.name; }
std::string text(const GraphArgument& value) {
  return value.name + "{\n" + graph_text(*value.graph) + "}";
}
std::string text(const OptionalTensorArgument& value) {
  return std::visit([](const auto& item) { return text(item); }, value);
}
template <typename T>
  requires requires(const T& item) { text(item); }
std::string text(const std::vector<T>& items) {
  std::string result;
  for (const T& item : items) result += (result.empty() ? "" : ", ") + text(item);
  return "[" + result + "]";
}

std::string text(const Argument& argument) {
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (requires { text(value); }) {
          return text(value);
        } else {
          return "?";
        }
      },
      argument.value);
}

std::string joined(const std::vector<Argument>& arguments) {
  std::string result;
  for (const Argument& argument : arguments) {
    result += (result.empty() ? "" : ", ") + text(argument);
  }
  return result;
}

std::string line(const Node& node) {
  std::string inputs;
  for (const auto& [name, argument, kind] : node.inputs) {
    inputs += inputs.empty() ? "" : ", ";
    inputs += kind == ArgumentKind::keyword ? "*" : "";
    inputs += (name.empty() ? "" : name + "=") + text(argument);
  }
  return joined(node.outputs) + " = " + node.target.substr(std::string("torch.ops.").size()) + "(" +
         inputs + ")\n";
}

}  // namespace

std::string graph_text(const Graph& graph) {
  std::string result = "(" + joined(graph.inputs) + ")\n";
  for (const Node& node : graph.nodes) result += line(node);
  return result + "return (" + joined(graph.outputs) + ")\n";
}

std::string graph_text(const Program& program) { return graph_text(program.graph_module.graph); }

}  // namespace roundtrip
