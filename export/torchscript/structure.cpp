#include <roundtrip/error.h>
#include <torch/csrc/jit/ir/constants.h>

#include <unordered_map>

#include "export/torchscript/evaluator.h"
#include "export/torchscript/graphs/symbols.h"
#include "export/torchscript/leaves.h"
#include "export/torchscript/unsafe_operators.h"

/// Nodes that deal with objects and calls, and those that a program has nothing for.

namespace roundtrip {
namespace {

using c10::IValue;
namespace attr = jit::attr;
namespace prim = jit::prim;

/// A tensor without dimensions that the model has is a number.
void run_constant(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const auto value = jit::toIValue(node.output());
  if (value && value->isTensor() && value->toTensor().dim() == 0) {
    evaluator.known.add(value->toTensor());
  }
  evaluator.GraphRunner::run(node, frame);
}

void run_nothing(Evaluator&, const jit::Node&, ScriptFrame&) {
}

void run_dict(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const jit::Stack items = frame.get(node.inputs());
  const auto& type = node.output()->type()->expectRef<c10::DictType>();
  c10::impl::GenericDict dict(type.getKeyType(), type.getValueType());
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    dict.insert_or_assign(items[i], items[i + 1]);
  }
  evaluator.add_own(dict);
  frame.set(*node.output(), dict);
}

/// The declared type answers for a number that data decides, and for a named tuple.
void run_isinstance(Evaluator&, const jit::Node& node, ScriptFrame& frame) {
  const IValue& value = frame.get(*node.input());
  const c10::TypePtr& declared = node.input()->type();
  const bool by_type = declared->kind() == c10::TypeKind::TupleType ||
                       (value.isTensor() && is_number_type(*declared));
  const c10::TypePtr type = by_type ? declared : type_of(value);
  bool result = false;
  for (const c10::TypePtr& candidate : node.tys(attr::types)) {
    result = result || type->isSubtypeOf(*candidate);
  }
  frame.set(*node.output(), result);
}

void run_get_attribute(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  frame.set(*node.output(), evaluator.attributes.get(frame.get(*node.input()), node.s(attr::name)));
}

void run_set_attribute(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const IValue& object = frame.get(*node.input(0));
  evaluator.require_own(object);
  evaluator.attributes.set(object, node.s(attr::name), frame.get(*node.input(1)));
}

void run_create_object(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const auto type = node.output()->type()->expect<c10::ClassType>();
  const IValue object = c10::ivalue::Object::create(
      c10::StrongTypePtr(type->compilation_unit(), type), type->numAttributes());
  evaluator.add_own(object);
  evaluator.attributes.add_created(object);
  frame.set(*node.output(), object);
}

IValue call_method(Evaluator& evaluator, const std::string& name, jit::Stack arguments) {
  auto& method = arguments.at(0).toObjectRef().type()->getMethod(name);
  return evaluator.call(method, std::move(arguments));
}

void run_call_method(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  frame.set(*node.output(), call_method(evaluator, node.s(attr::name), frame.get(node.inputs())));
}

void run_call_function(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  auto& function = *node.input(0)->type()->expectRef<c10::FunctionType>().function();
  frame.set(*node.output(), evaluator.call(function, frame.get(node.inputs().slice(1))));
}

/// `with`: the context's methods are TorchScript as well.
void run_enter(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  refuse_autocast(node);
  frame.set(*node.output(), call_method(evaluator, "__enter__", frame.get(node.inputs())));
}

void run_exit(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  jit::Stack arguments = frame.get(node.inputs());
  arguments.resize(4);
  frame.set(*node.output(), call_method(evaluator, "__exit__", std::move(arguments)));
}

/// A program has one thread: what is forked runs at once.
void run_fork(Evaluator& evaluator, const jit::Node& node, ScriptFrame& frame) {
  const auto graph = node.g(attr::Subgraph);
  ScriptFrame inner;
  inner.set(graph->inputs(), frame.get(node.inputs()));
  frame.set(*node.output(), evaluator.run(*graph->block(), inner).at(0));
}

void run_raise(Evaluator&, const jit::Node& node, ScriptFrame& frame) {
  throw CaptureError("forward raises an exception: " + c10::str(frame.get(*node.input(0))));
}

}  // namespace

NodeHandler structure_handler(c10::Symbol kind) {
  static const std::unordered_map<c10::Symbol, NodeHandler> kTable = {
      {prim::Constant, run_constant},
      {prim::Print, run_nothing},
      {c10::aten::warn, run_nothing},
      {prim::DictConstruct, run_dict},
      {prim::isinstance, run_isinstance},
      {prim::GetAttr, run_get_attribute},
      {prim::SetAttr, run_set_attribute},
      {prim::CreateObject, run_create_object},
      {prim::CallMethod, run_call_method},
      {prim::CallFunction, run_call_function},
      {prim::Enter, run_enter},
      {prim::Exit, run_exit},
      {prim::fork, run_fork},
      {prim::RaiseException, run_raise},
  };
  const auto found = kTable.find(kind);
  return found == kTable.end() ? nullptr : found->second;
}

}  // namespace roundtrip
