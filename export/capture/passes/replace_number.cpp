#include "export/capture/passes/replace_number.h"

#include <roundtrip/error.h>

#include <vector>

namespace roundtrip {
namespace {

bool names(const Argument& argument, const GraphValue& wanted) {
  bool found = false;
  for_each_value(argument, [&](const GraphValue& value) { found = found || &value == &wanted; });
  return found;
}

Argument with_literal(Argument argument, const GraphValue& number, const Argument& literal) {
  if (argument.as_value() == &number) return literal;
  auto* list = argument.get<std::vector<SymIntArgument>>();
  const auto* integer = literal.get<std::int64_t>();
  if (list == nullptr || integer == nullptr) {
    throw UnsupportedError(
        "a branch or body of control flow uses a number of forward that turned out to be a "
        "constant: make the dimension that it comes from static");
  }
  for (SymIntArgument& item : *list) {
    const auto* value = std::get_if<GraphValue*>(&item.value);
    if (value != nullptr && *value == &number) item.value = *integer;
  }
  return argument;
}

}  // namespace

void replace_number(Graph& graph, GraphValue& number, const Argument& replacement) {
  if (GraphValue* value = replacement.as_value()) return graph.replace_uses(number, *value);
  for (Node* user : number.users()) {
    for (std::size_t i = 0; i < user->inputs().size(); ++i) {
      const Argument& input = user->inputs()[i].arg;
      if (names(input, number)) user->set_input(i, with_literal(input, number, replacement));
    }
  }
  std::vector<Argument> outputs = graph.outputs();
  for (Argument& output : outputs) {
    if (names(output, number)) output = with_literal(output, number, replacement);
  }
  graph.set_outputs(std::move(outputs));
}

}  // namespace roundtrip
