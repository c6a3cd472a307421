#include "export/tracing/operator_names.h"

#include "export/graph/names.h"

namespace roundtrip {

std::string target_of(const c10::FunctionSchema& schema) {
  const auto& [name, overload] = schema.operator_name();
  const auto colons = name.find("::");
  return "torch.ops." + name.substr(0, colons) + "." + name.substr(colons + 2) + "." +
         (overload.empty() ? "default" : overload);
}

std::string name_candidate(const c10::FunctionSchema& schema) {
  std::string name = schema.name().substr(schema.name().find("::") + 2);
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    name = name.substr(2, name.size() - 4);
  }
  return fx_snake_case(name);
}

}  // namespace roundtrip
