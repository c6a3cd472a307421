#include "export/program/node_text.h"

#include <c10/util/StringUtil.h>

#include <complex>
#include <string_view>

namespace roundtrip {
namespace {

std::string text(bool value) {
  return value ? "true" : "false";
}
std::string text(std::int64_t value) {
  return std::to_string(value);
}
std::string text(double value) {
  return c10::str(value);
}
std::string text(const std::string& value) {
  return "'" + value + "'";
}
std::string text(c10::ScalarType value) {
  return c10::toString(value);
}
std::string text(c10::MemoryFormat value) {
  return c10::str(value);
}
std::string text(c10::Layout value) {
  return c10::str(value);
}
std::string text(c10::Device value) {
  return value.str();
}
std::string text(const std::complex<double>& value) {
  return c10::str(value);
}
std::string text(const NoneArgument&) {
  return "None";
}
std::string text(const schema::TensorArgument& value) {
  return value.name;
}
template <typename Number>
requires requires(const Number& number) {
  std::get<std::string>(number.value);
}
std::string text(const Number& number) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          return value;
        } else {
          return text(value);
        }
      },
      number.value);
}
std::string text(const schema::GraphArgument& value) {
  return value.name + "{\n" + graph_text(*value.graph) + "}";
}
std::string text(const schema::OptionalTensorArgument& value) {
  return std::visit([](const auto& item) { return text(item); }, value);
}
std::string text(const schema::ArgumentDict& value);
template <typename T>
requires requires(const T& item) {
  text(item);
}
std::string text(const std::vector<T>& items) {
  std::string result;
  for (const T& item : items) {
    if (!result.empty()) result += ", ";
    result += text(item);
  }
  return "[" + result + "]";
}

std::string text(const schema::Argument& argument) {
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (requires { text(value); }) {
          return text(value);
        } else {
          return "...";
        }
      },
      argument.value);
}

std::string text(const schema::ArgumentDict& value) {
  std::string result;
  for (const auto& [key, item] : value.entries) {
    result += (result.empty() ? "" : ", ") + key + ": " + text(item);
  }
  return "{" + result + "}";
}

std::string inputs_text(const std::vector<schema::NamedArgument>& inputs) {
  std::string result;
  for (const auto& [name, argument, kind] : inputs) {
    if (!result.empty()) result += ", ";
    if (kind == ArgumentKind::keyword) result += "*";
    if (!name.empty()) result += name + "=";
    result += text(argument);
  }
  return result;
}

}  // namespace

std::string arguments_text(const std::vector<schema::Argument>& arguments) {
  std::string result;
  for (const schema::Argument& argument : arguments) {
    if (!result.empty()) result += ", ";
    result += text(argument);
  }
  return result;
}

std::string node_text(const schema::Node& node) {
  constexpr std::string_view kPrefix = "torch.ops.";
  const std::string operator_name =
      node.target.substr(node.target.starts_with(kPrefix) ? kPrefix.size() : 0);
  return arguments_text(node.outputs) + " = " + operator_name + "(" + inputs_text(node.inputs) +
         ")";
}

std::string node_place(const schema::Node& node) {
  constexpr std::string_view kFile = "File \"", kLine = "\", line ", kIn = ", in ";
  for (const auto& [key, trace] : node.metadata) {
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

std::string graph_text(const schema::Graph& graph) {
  std::string result = c10::str("(", arguments_text(graph.inputs), ")\n");
  for (const schema::Node& node : graph.nodes) result += node_text(node) + "\n";
  return c10::str(result, "return (", arguments_text(graph.outputs), ")\n");
}

}  // namespace roundtrip
