#include "export/graph/target.h"

#include <roundtrip/error.h>

#include <string_view>

#include "export/graph/names.h"

namespace roundtrip {
namespace {

constexpr std::string_view kPrefix = "torch.ops.";

}  // namespace

std::string target_of(const c10::FunctionSchema& schema) {
  const auto& [name, overload] = schema.operator_name();
  const auto colons = name.find("::");
  return std::string(kPrefix) + name.substr(0, colons) + "." + name.substr(colons + 2) + "." +
         (overload.empty() ? "default" : overload);
}

c10::OperatorName operator_name(const std::string& target) {
  auto malformed = [&] { return Error("'" + target + "' does not name an operator"); };
  if (!target.starts_with(kPrefix)) throw malformed();
  auto name_at = target.find('.', kPrefix.size());
  auto overload_at = target.find('.', name_at + 1);
  if (name_at == std::string::npos || overload_at == std::string::npos) throw malformed();
  auto space = target.substr(kPrefix.size(), name_at - kPrefix.size());
  auto name = target.substr(name_at + 1, overload_at - name_at - 1);
  auto overload = target.substr(overload_at + 1);
  return {space + "::" + name, overload == "default" ? "" : overload};
}

std::string name_candidate(const c10::FunctionSchema& schema) {
  std::string name = schema.name().substr(schema.name().find("::") + 2);
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    name = name.substr(2, name.size() - 4);
  }
  return fx_snake_case(name);
}

}  // namespace roundtrip
