#include <ATen/ATen.h>
#include <roundtrip/error.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"
#include "export/operators/schema.h"
#include "export/torchscript/data_numbers.h"
#include "export/torchscript/evaluator.h"
#include "export/torchscript/graphs/symbols.h"
#include "export/torchscript/size_numbers.h"
#include "export/torchscript/sizes.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// The type of an argument that is there.
const c10::Type& plain_type(const c10::Type& formal) {
  return formal.kind() == c10::TypeKind::OptionalType
             ? *formal.expectRef<c10::OptionalType>().getElementType()
             : formal;
}

bool is_unknown(const IValue& value) {
  return is_size_number(value) || (value.isTensor() && value.toTensor().defined());
}

/// A number that data or sizes decide, as an operator takes it: a symbol where the program
/// may hold one. A tensor may stand for any type but a number.
IValue unknown_argument(const IValue& number, const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType:
      return number.isTensor() ? number : number_tensor(number);
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::NumberType:
      return number.isTensor() ? symbolic_number(number.toTensor()) : number;
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
      if (number.isTensor()) return symbolic_number(number.toTensor());
      return depends_on_data(number) ? number : plain_number(number);
    default:
      return number;
  }
}

/// The same for a list that has such items, or had them: a slice of it still is a list of any.
IValue list_argument(const IValue& list, const c10::TypePtr& element) {
  if (element->kind() == c10::TypeKind::SymIntType) {
    std::vector<c10::SymInt> symbols;
    for (const IValue& item : list.toListRef()) {
      symbols.push_back((is_unknown(item) ? unknown_argument(item, *element) : item).toSymInt());
    }
    return c10::SymIntArrayRef(symbols);
  }
  c10::impl::GenericList items(element);
  for (const IValue& item : list.toListRef()) {
    items.push_back(is_unknown(item) ? unknown_argument(item, *element) : item);
  }
  return items;
}

bool takes_known_items(const c10::Type& element) {
  switch (element.kind()) {
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::TensorType:
      return true;
    default:
      return is_number_type(element);
  }
}

IValue as_argument(const IValue& value, const c10::Type& formal) {
  const c10::Type& type = plain_type(formal);
  if (is_unknown(value)) return unknown_argument(value, type);
  if (!value.isList() || type.kind() != c10::TypeKind::ListType) return value;
  const c10::TypePtr element = type.containedTypes()[0];
  if (!takes_known_items(*element)) return value;
  if (value.toList().elementType()->kind() == c10::TypeKind::AnyType) {
    return list_argument(value, element);
  }
  const auto items = value.toListRef();
  const auto decides = element->kind() == c10::TypeKind::TensorType ? is_size_number : is_unknown;
  return std::any_of(items.begin(), items.end(), decides) ? list_argument(value, element) : value;
}

/// The operator that takes a tensor where this one takes a number: `mul.Tensor` for
/// `mul.Scalar`, `pow.Tensor_Tensor` for `pow.Tensor_Scalar`.
std::optional<c10::OperatorHandle> tensor_variant(const c10::FunctionSchema& schema) {
  std::string overload = schema.overload_name();
  const auto scalar = overload.find("Scalar");
  if (scalar == std::string::npos) return std::nullopt;
  overload.replace(scalar, std::string("Scalar").size(), "Tensor");
  const auto variant = c10::Dispatcher::singleton().findSchema({schema.name(), overload});
  if (!variant || variant->schema().arguments().size() != schema.arguments().size()) {
    return std::nullopt;
  }
  return variant;
}

/// A number of the type that the operator would give it: it follows the tensor's, as
/// long as that can hold numbers of its kind.
at::Tensor like_number(const at::Tensor& number, const at::Tensor& tensor) {
  const at::Scalar kind = number.scalar_type() == at::kDouble ? at::Scalar(0.5)
                          : number.scalar_type() == at::kBool ? at::Scalar(true)
                                                              : at::Scalar(1);
  const auto type = [&] {
    const WithoutCapture without_capture;
    return at::result_type(at::empty({1}, tensor.scalar_type()), kind);
  }();
  return number.scalar_type() == type ? number : number.to(type);
}

/// `x * n` where data decides `n` is an operator on two tensors.
bool run_with_number_as_tensor(const jit::Node& node, const c10::FunctionSchema& schema,
                               ScriptFrame& frame) {
  jit::Stack stack = frame.get(node.inputs());
  if (stack.size() < 2 || !stack[0].isTensor() || is_data_number(*node.input(0), frame)) {
    return false;
  }
  if (!stack[1].isTensor() || !is_number_type(*schema.arguments()[1].real_type())) return false;
  const auto variant = tensor_variant(schema);
  if (!variant || variant->schema().arguments()[1].type()->kind() != c10::TypeKind::TensorType) {
    return false;
  }
  stack[1] = like_number(stack[1].toTensor(), stack[0].toTensor());
  variant->callBoxed(&stack);
  frame.set(node.outputs(), std::move(stack));
  return true;
}

void require_own_containers(const Evaluator& evaluator, const c10::FunctionSchema& schema,
                            const jit::Stack& arguments) {
  const std::size_t count = std::min(arguments.size(), schema.arguments().size());
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_written(schema.arguments()[i])) continue;
    if (arguments[i].isList() || arguments[i].isGenericDict()) evaluator.require_own(arguments[i]);
  }
}

/// What an operator writes to in the place of a list of numbers that data or sizes decide:
/// `sort` gets a list of ints.
struct WrittenCopy {
  IValue list;
  IValue copy;

  void write_back() const {
    c10::impl::GenericList items = list.toList();
    items.clear();
    for (const IValue& item : copy.toListRef()) items.push_back(item);
  }
};

/// Makes values of the frame arguments of the operator, on the stack.
std::vector<WrittenCopy> take_arguments(const c10::FunctionSchema& schema, jit::Stack& stack) {
  std::vector<WrittenCopy> copies;
  const std::size_t count = std::min(stack.size(), schema.arguments().size());
  for (std::size_t i = 0; i < count; ++i) {
    const c10::Argument& formal = schema.arguments()[i];
    IValue argument = as_argument(stack[i], *formal.real_type());
    if (is_written(formal) && argument.isList() && !argument.is(stack[i])) {
      copies.push_back({stack[i], argument});
    }
    stack[i] = std::move(argument);
  }
  return copies;
}

/// Whether the operator works on numbers in tensors' clothes alone, which is done now.
bool is_known(const KnownTensors& known, const c10::FunctionSchema& schema,
              const jit::Stack& arguments) {
  if (schema.is_mutable()) return false;
  bool any = false;
  for (const IValue& argument : arguments) {
    if (is_list_of_tensors(argument)) return false;
    if (!argument.isTensor()) continue;
    if (!known.holds(argument.toTensor())) return false;
    any = true;
  }
  return any;
}

void call_known(Evaluator& evaluator, const jit::Node& node, jit::Stack& stack) {
  const WithoutCapture without_capture;
  const WithData with_data;
  call_operator(node, stack);
  for (const IValue& result : stack) {
    if (result.isTensor() && result.toTensor().defined() && result.toTensor().dim() == 0) {
      evaluator.known.add(result.toTensor());
    }
  }
}

void run_as_declared(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const auto* op = node.maybeOperator();
  if (op == nullptr) {
    throw UnsupportedError(
        c10::str("the model uses ", node.kind().toQualString(), ", which cannot be converted"));
  }
  const auto& schema = op->schema();
  if (run_with_number_as_tensor(node, schema, frame)) return;
  jit::Stack stack = frame.get(node.inputs());
  require_own_containers(evaluator, schema, stack);
  const std::vector<WrittenCopy> copies = take_arguments(schema, stack);
  if (is_known(evaluator.known, schema, stack)) {
    call_known(evaluator, node, stack);
  } else {
    call_operator(node, stack);
  }
  for (const WrittenCopy& copy : copies) copy.write_back();
  for (const IValue& result : stack) {
    if (result.isList() || result.isGenericDict()) evaluator.add_own(result);
  }
  frame.set(node.outputs(), std::move(stack));
}

bool run_number_to_tensor(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  if (node.kind() != jit::prim::NumToTensor) return false;
  const IValue& number = frame.get(*node.input());
  if (!number.isScalar() || is_size_number(number)) return false;
  frame.set(*node.output(), evaluator.known.make(number.toScalar()));
  return true;
}

}  // namespace

void Evaluator::run_operator(const jit::Node& node, ScriptFrame& frame) {
  if (run_on_sizes(node, frame)) return;
  if (run_number_to_tensor(*this, node, frame)) return;
  if (run_on_size_numbers(node, frame, known)) return;
  if (run_on_data_numbers(node, frame, known)) return;
  run_as_declared(*this, node, frame);
}

}  // namespace roundtrip
