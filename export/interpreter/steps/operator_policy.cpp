#include "export/interpreter/steps/operator_policy.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/graph/target.h"

namespace roundtrip {

namespace {

/// Operators that take a file's name say so in their schema, in every library we
/// know: `aten::from_file(str filename, ...)`, `image::read_file(str filename)`.
bool names_a_file(const c10::Argument& argument) {
  static const std::unordered_set<std::string> kNames = {
      "file", "filename", "file_name", "filepath", "file_path", "fname",
      "path", "dir",      "directory", "src",      "url",       "uri"};
  bool is_text = argument.type()->isSubtypeOf(*c10::OptionalType::create(c10::StringType::get()));
  return is_text && kNames.count(argument.name()) != 0;
}

bool writes_to_out(const c10::FunctionSchema& schema) {
  return std::any_of(schema.arguments().begin(), schema.arguments().end(),
                     [](const c10::Argument& argument) { return argument.is_out(); });
}

/// Backward operators that decompositions of forward ones give: `istft`'s.
const std::unordered_set<std::string> kOfForward = {"aten::unfold_backward"};

bool is_of_training(const OutputSpec& output) {
  return output.kind == OutputKind::loss_output ||
         output.kind == OutputKind::gradient_to_parameter ||
         output.kind == OutputKind::gradient_to_user_input;
}

}  // namespace

OperatorPolicy OperatorPolicy::any() {
  OperatorPolicy policy;
  policy.allows_any_ = true;
  return policy;
}

OperatorPolicy::OperatorPolicy(const Program& program)
    : namespaces_(program.allowed.namespaces.begin(), program.allowed.namespaces.end()),
      operators_(program.allowed.operators.begin(), program.allowed.operators.end()),
      allows_any_(program.allowed.all) {
  const auto& outputs = program.graph_module.signature.output_specs;
  allows_gradients_ = std::any_of(outputs.begin(), outputs.end(), is_of_training);
}

void OperatorPolicy::check_allowed(const c10::OperatorName& name,
                                   const std::optional<c10::OperatorHandle>& op) const {
  if (allows_any_) return;
  const std::string space(name.getNamespace().value_or(""));
  const std::string full = c10::toString(name);
  if (namespaces_.count(space) != 0 || operators_.count(full) != 0) return;
  if (space != "aten" && space != "prims") {
    throw Error("operators of the namespace '" + space +
                "' may not be called; if you trust it, allow it in LoadOptions::allowed (pt2: "
                "--allow " +
                space + ")");
  }
  const bool is_backward =
      name.name.find("_backward") != std::string::npos && kOfForward.count(name.name) == 0;
  if ((op && writes_to_out(op->schema())) || name.name.find("::_foreach_") != std::string::npos ||
      (is_backward && !allows_gradients_)) {
    throw Error(
        "exports contain no such operator, and it trusts its arguments; if you trust the program, "
        "allow it in LoadOptions::allowed (pt2: --allow " +
        full + ")");
  }
}

c10::OperatorHandle OperatorPolicy::resolve(const std::string& target) const {
  const auto name = operator_name(target);
  const auto op = c10::Dispatcher::singleton().findSchema(name);
  check_allowed(name, op);
  if (!op) {
    throw Error(
        "there is no such operator in this process; load the library that registers it (pt2: "
        "--library FILE)");
  }
  const auto& formals = op->schema().arguments();
  if (std::any_of(formals.begin(), formals.end(), names_a_file)) {
    throw Error("operators that read or write files may not be called");
  }
  return *op;
}

}  // namespace roundtrip
