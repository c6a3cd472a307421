#include "export/verifier/operator_rules.h"
#include "export/graph/target.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "export/graph/target.h"
#include "export/interpreter/graphs/higher_order.h"
#include "export/interpreter/steps/operator_policy.h"
#include "export/interpreter/steps/operator_step.h"
#include "export/interpreter/steps/sym_step.h"
#include "export/operators/schema.h"

namespace roundtrip {
namespace {

using c10::TypeKind;

/// Functions of Python, besides operators on numbers, that a graph may call.
/// Nothing is known of their arguments.
bool is_other_function(const std::string& target) {
  static const std::unordered_set<std::string> kFunctions = {
      "torch.sym_sum",
      "torch.autograd.grad_mode.set_grad_enabled",
      "torch._C._set_grad_enabled",
      "torch.amp.autocast_mode._enter_autocast",
      "torch.amp.autocast_mode._exit_autocast",
      "torch.fx.experimental.symbolic_shapes.cast_symbool_to_symint_guardless",
      "torch.export.custom_ops._call_custom_autograd_function_in_pre_dispatch",
  };
  return kFunctions.count(target) > 0 || target.starts_with("torch._functorch.predispatch.");
}

const c10::Type& without_optional(const c10::Type& type) {
  const auto* optional = type.castRaw<c10::OptionalType>();
  return optional != nullptr ? *optional->getElementType() : type;
}

bool names_tensors(const Argument& argument) {
  return argument.get<TensorArgument>() != nullptr ||
         argument.get<std::vector<TensorArgument>>() != nullptr ||
         argument.get<std::vector<OptionalTensorArgument>>() != nullptr;
}

/// Constants were checked when operands were made of them; here values that only
/// have a name are held against the formal argument.
void check_named_values(const Node& node, const c10::FunctionSchema& schema) {
  for (const NamedArgument& input : node.inputs()) {
    const auto index = schema.argumentIndexWithName(input.name);
    const c10::Argument& formal = schema.arguments()[static_cast<std::size_t>(*index)];
    if (names_tensors(input.arg) && !holds_tensors(*formal.type())) {
      throw ProgramError(c10::str("the argument '", formal.name(), "' (", *formal.real_type(),
                                  ") is given a tensor"));
    }
  }
}

bool gives(const c10::Type& type, const Argument& output) {
  if (output.get<NoneArgument>() != nullptr) return true;
  const c10::Type& plain = without_optional(type);
  const bool is_list = plain.kind() == TypeKind::ListType;
  if (holds_tensors(type)) {
    return is_list ? output.get<TensorArgument>() == nullptr && names_tensors(output)
                   : output.get<TensorArgument>() != nullptr ||
                         output.get<OptionalTensorArgument>() != nullptr;
  }
  return !names_tensors(output);
}

void check_results(const Node& node, const c10::FunctionSchema& schema) {
  const auto& returns = schema.returns();
  if (node.outputs().size() > returns.size()) {
    throw ProgramError(c10::str("the node has ", node.outputs().size(), " outputs, the operator ",
                                returns.size()));
  }
  for (std::size_t i = 0; i < node.outputs().size(); ++i) {
    if (!gives(*returns[i].type(), node.outputs()[i])) {
      throw ProgramError(c10::str("output ", i, " is of another kind than the operator's result (",
                                  *returns[i].real_type(), ")"));
    }
  }
}

void verify_operator(const Node& node, Dialect dialect, const Scope& scope) {
  const auto op = c10::Dispatcher::singleton().findSchema(operator_name(node.target()));
  if (!op) {
    throw ProgramError("the operator '" + node.target() +
                       "' is not known; load the library that registers it (pt2: --library FILE)");
  }
  const c10::FunctionSchema& schema = op->schema();
  make_operands(node.inputs(), schema, scope);
  check_named_values(node, schema);
  check_results(node, schema);
  if (dialect == Dialect::aten && schema.is_mutable()) {
    throw ProgramError("the operator '" + node.target() +
                       "' is not functional: it writes to its arguments, which a program of the "
                       "dialect ATEN may not");
  }
}

/// The interpreter knows what each operator with subgraphs takes; one that it
/// cannot run, or may not without leave, is checked no further.
void verify_higher_order(const Node& node, const Scope& scope) {
  Scope copy = scope;
  try {
    make_higher_order_step(node, OperatorPolicy::any(), copy, 0);
  } catch (const ProgramError&) {
    throw;
  } catch (const Error&) {
  }
}

}  // namespace

void verify_call(const Node& node, Dialect dialect, const Scope& scope) {
  if (const SymOp* op = find_sym_op(node.target())) {
    Scope copy = scope;
    make_sym_step(node, *op, copy);
  } else if (node.target().starts_with("torch.ops.higher_order.")) {
    verify_higher_order(node, scope);
  } else if (node.target().starts_with("torch.ops.")) {
    verify_operator(node, dialect, scope);
  } else if (!is_other_function(node.target())) {
    throw ProgramError("'" + node.target() + "' is nothing that a graph may call");
  }
}

}  // namespace roundtrip
