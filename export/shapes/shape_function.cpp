#include "export/shapes/shape_function.h"

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/symbolic_shape_registry.h>

#include <algorithm>

#include "export/shapes/symbolic_operators.h"
#include "export/torchscript/graphs/graph_runner.h"

namespace roundtrip::shapes {
namespace {

using c10::IValue;
namespace jit = torch::jit;

/// Runs one shape function.
class ShapeFunction final : public GraphRunner {
 protected:
  void run_operator(const jit::Node& node, ScriptFrame& frame) override {
    TORCH_CHECK(node.kind() != c10::prim::RaiseException,
                "the operator's shape function refuses these sizes");
    jit::Stack stack = frame.get(node.inputs());
    if (auto result = run_on_symbols(node.kind(), stack)) {
      frame.set(*node.output(), std::move(*result));
      return;
    }
    run_on_plain_numbers(node, stack);
    frame.set(node.outputs(), std::move(stack));
  }

  void start_iteration(std::int64_t index) override {
    constexpr std::int64_t kMost = 4096;  // more than any rank or list of a real call has
    TORCH_CHECK(index < kMost, "a shape function that does not end");
  }
};

/// Of ints, as TorchScript declares it, if none of them is a symbol.
IValue make_list(const std::vector<IValue>& items) {
  const bool are_ints =
      std::all_of(items.begin(), items.end(), [](const IValue& item) { return item.isInt(); });
  c10::impl::GenericList list(are_ints ? c10::TypePtr(c10::IntType::get()) : c10::AnyType::get());
  for (const IValue& item : items) list.push_back(item);
  return list;
}

IValue sizes_list(const at::Tensor& tensor) {
  std::vector<IValue> sizes;
  for (const c10::SymInt& size : tensor.sym_sizes()) sizes.emplace_back(size);
  return make_list(sizes);
}

/// An argument as a shape function takes it: of a tensor, its sizes.
IValue to_graph_value(const IValue& argument) {
  if (argument.isTensor()) {
    return argument.toTensor().defined() ? sizes_list(argument.toTensor()) : IValue();
  }
  if (!argument.isList()) return argument;
  std::vector<IValue> items;
  for (const IValue& item : argument.toList()) items.push_back(to_graph_value(item));
  return make_list(items);
}

void add_result(const IValue& result, Shapes& shapes) {
  const auto list = result.toList();
  if (!list.empty() && list.get(0).isList()) {
    for (const IValue& item : list) add_result(item, shapes);
    return;
  }
  shapes.push_back(of_sizes(to_sizes(result)));
}

/// The operator's own schema object of the registry, which is what shape functions are
/// registered under.
std::shared_ptr<jit::Graph> find_graph(const c10::FunctionSchema& schema) {
  const auto op = jit::findOperatorFor(schema.operator_name());
  if (!op) return nullptr;
  const auto graph = jit::shapeComputeGraphForSchema(op->schema());
  return graph ? *graph : nullptr;
}

}  // namespace

std::optional<Shapes> run_shape_function(const Call& call) {
  const auto graph = find_graph(call.schema());
  if (graph == nullptr) return std::nullopt;
  const auto inputs = graph->inputs();
  TORCH_CHECK(inputs.size() <= call.arguments().size(), "a stale shape function");
  ScriptFrame frame;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    frame.set(*inputs[i], to_graph_value(call.arguments()[i]));
  }
  Shapes shapes;
  for (const IValue& result : ShapeFunction().run(*graph->block(), frame)) {
    add_result(result, shapes);
  }
  return shapes;
}

}  // namespace roundtrip::shapes
