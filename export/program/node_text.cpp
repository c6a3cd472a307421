#include "export/program/node_text.h"

#include <c10/util/StringUtil.h>

#include <complex>
#include <string_view>

#include "export/program/python/text.h"

namespace roundtrip {
namespace {

/// One overload for each kind of argument: a new kind does not compile without one.
struct ArgumentText {
  std::string of(const Argument& argument) const { return std::visit(*this, argument.value); }

  std::string operator()(const NoneArgument&) const { return "None"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return python_repr(value); }
  std::string operator()(const std::string& value) const { return "'" + value + "'"; }
  std::string operator()(c10::ScalarType value) const { return c10::toString(value); }
  std::string operator()(c10::MemoryFormat value) const { return c10::str(value); }
  std::string operator()(c10::Layout value) const { return c10::str(value); }
  std::string operator()(c10::Device value) const { return value.str(); }
  std::string operator()(std::complex<double> value) const { return python_repr(value); }
  std::string operator()(const GraphValue* value) const { return value->name(); }
  std::string operator()(const TensorArgument& tensor) const { return tensor.value->name(); }
  std::string operator()(const CustomObjArgument& object) const { return object.value->name(); }
  std::string operator()(const SymIntArgument& n) const { return std::visit(*this, n.value); }
  std::string operator()(const SymFloatArgument& n) const { return std::visit(*this, n.value); }
  std::string operator()(const SymBoolArgument& n) const { return std::visit(*this, n.value); }
  std::string operator()(const OptionalTensorArgument& tensor) const {
    return std::visit(*this, tensor);
  }
  std::string operator()(const OperatorArgument& op) const { return op.name; }
  std::string operator()(const UnknownArgument& unknown) const { return unknown.json; }
  std::string operator()(const GraphArgument& value) const {
    return value.name + "{\n" + graph_text(*value.graph) + "}";
  }
  template <typename T>
  std::string operator()(const std::vector<T>& items) const {
    std::string result;
    for (const T& item : items) result += (result.empty() ? "" : ", ") + (*this)(item);
    return "[" + result + "]";
  }
  std::string operator()(const ArgumentDict& dict) const {
    std::string result;
    for (const auto& [key, item] : dict.entries) {
      result += (result.empty() ? "" : ", ") + key + ": " + of(item);
    }
    return "{" + result + "}";
  }
};

std::string inputs_text(const std::vector<NamedArgument>& inputs) {
  std::string result;
  for (const auto& [name, argument, kind] : inputs) {
    if (!result.empty()) result += ", ";
    if (kind == ArgumentKind::keyword) result += "*";
    if (!name.empty()) result += name + "=";
    result += ArgumentText().of(argument);
  }
  return result;
}

}  // namespace

std::string arguments_text(const std::vector<Argument>& arguments) {
  std::string result;
  for (const Argument& argument : arguments) {
    if (!result.empty()) result += ", ";
    result += ArgumentText().of(argument);
  }
  return result;
}

std::string node_text(const Node& node) {
  constexpr std::string_view kPrefix = "torch.ops.";
  const std::string operator_name =
      node.target().substr(node.target().starts_with(kPrefix) ? kPrefix.size() : 0);
  return arguments_text(node.outputs()) + " = " + operator_name + "(" + inputs_text(node.inputs()) +
         ")";
}

std::string node_place(const Node& node) {
  constexpr std::string_view kFile = "File \"", kLine = "\", line ", kIn = ", in ";
  for (const auto& [key, trace] : node.metadata()) {
    if (key != "stack_trace") continue;
    const auto file = trace.rfind(kFile);
    const auto line = trace.find(kLine, file);
    const auto in = trace.find(kIn, line);
    if (in == std::string::npos) return {};
    const auto between = [&](std::size_t from, std::size_t to) {
      return trace.substr(from, to - from);
    };
    return "\n  at " + between(file + kFile.size(), line) + ":" + between(line + kLine.size(), in) +
           between(in, trace.find('\n', in));
  }
  return {};
}

std::string graph_text(const Graph& graph) {
  std::string result = c10::str("(", arguments_text(graph.inputs()), ")\n");
  for (const Node& node : graph.nodes()) result += node_text(node) + "\n";
  return c10::str(result, "return (", arguments_text(graph.outputs()), ")\n");
}

}  // namespace roundtrip
