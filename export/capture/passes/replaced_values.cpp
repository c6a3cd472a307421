#include "export/capture/passes/replaced_values.h"

#include <roundtrip/error.h>

#include "export/capture/trace/arguments.h"

namespace roundtrip {

void ReplacedValues::set(const std::string& value, schema::Argument replacement) {
  replaced_[value] = std::move(replacement);
}

std::optional<std::string> ReplacedValues::name_of(const std::string& value) const {
  const auto found = replaced_.find(value);
  if (found == replaced_.end()) return std::nullopt;
  std::optional<std::string> name;
  schema::Argument replacement = found->second;
  visit_value_names(replacement, [&](std::string& its_name) { name = its_name; });
  return name;
}

void ReplacedValues::apply(schema::Argument& argument) const {
  if (auto* numbers = argument.get<std::vector<schema::SymIntArgument>>()) {
    for (schema::SymIntArgument& number : *numbers) {
      schema::Argument single{number};
      apply(single);
      if (const auto* plain = single.get<std::int64_t>()) number = {*plain};
      if (const auto* named = single.get<schema::SymIntArgument>()) number = *named;
    }
    return;
  }
  if (auto* operands = argument.get<std::vector<schema::TensorArgument>>()) {
    for (schema::TensorArgument& operand : *operands) operand.name = this->operand(operand.name);
    return;
  }
  std::string name;
  visit_value_names(argument, [&](std::string& value) { name = value; });
  const auto found = replaced_.find(name);
  if (found != replaced_.end()) argument = found->second;
}

/// Operands of control flow have numbers among them.
std::string ReplacedValues::operand(const std::string& value) const {
  if (replaced_.count(value) == 0) return value;
  if (const auto name = name_of(value)) return *name;
  throw UnsupportedError(
      "a branch or body of control flow uses a number of forward that turned out to be a "
      "constant: make the dimension that it comes from static");
}

}  // namespace roundtrip
