#include "export/compare/node_text.h"

#include <c10/util/StringUtil.h>

#include <vector>

#include "export/program/fx/literals.h"
#include "export/program/python/text.h"

namespace roundtrip::compare {

namespace {

/// Of what is no literal: names of values, and lists.
struct TextVisitor {
  std::string operator()(const GraphArgument& graph) const { return graph.name; }
  std::string operator()(const OptionalTensorArgument& value) const {
    const auto* tensor = std::get_if<TensorArgument>(&value);
    return tensor ? tensor->value->name() : "None";
  }
  std::string operator()(std::int64_t value) const { return python_repr(value); }
  std::string operator()(double value) const { return python_repr(value); }
  std::string operator()(bool value) const { return python_repr(value); }
  std::string operator()(const std::string& value) const { return python_repr(value); }
  std::string operator()(const ArgumentDict& dict) const {
    std::vector<std::string> items;
    for (const auto& [key, value] : dict.entries) {
      items.push_back(python_repr(key) + ": " + argument_text(value));
    }
    return "{" + c10::Join(", ", items) + "}";
  }
  template <typename T>
  std::string operator()(const std::vector<T>& values) const {
    std::vector<std::string> items;
    for (const auto& value : values) items.push_back((*this)(static_cast<const T&>(value)));
    return "[" + c10::Join(", ", items) + "]";
  }
  template <typename T>
  std::string operator()(const T& value) const {
    if constexpr (requires { value.value->name(); }) {
      return value.value->name();
    } else if constexpr (requires { std::get<GraphValue*>(value.value); }) {
      const auto* symbolic = std::get_if<GraphValue*>(&value.value);
      return symbolic ? (*symbolic)->name() : python_repr(std::get<1>(value.value));
    } else {
      return "?";
    }
  }
};

}  // namespace

std::string argument_text(const Argument& argument) {
  if (const auto literal = literal_of(argument)) return *literal;
  return std::visit(TextVisitor(), argument.value);
}

std::string target_text(const std::string& target) {
  constexpr std::string_view kPrefix = "torch.ops.";
  return target.starts_with(kPrefix) ? target.substr(kPrefix.size()) : target;
}

std::string node_text(const Node& node) {
  std::vector<std::string> results, inputs;
  for (const auto& output : node.outputs()) results.push_back(argument_text(output));
  for (const auto& input : node.inputs()) {
    const bool is_keyword = input.kind == ArgumentKind::keyword;
    inputs.push_back((is_keyword ? input.name + "=" : "") + argument_text(input.arg));
  }
  return (results.empty() ? "" : c10::Join(", ", results) + " = ") + target_text(node.target()) +
         "(" + c10::Join(", ", inputs) + ")";
}

}  // namespace roundtrip::compare
