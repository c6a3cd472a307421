#include "export/shapes/shape_function.h"

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/symbolic_shape_registry.h>

#include <unordered_map>

#include "export/shapes/graph_operators.h"

namespace roundtrip::shapes {
namespace {

using c10::IValue;
namespace jit = torch::jit;

/// A loop of more turns than any rank or list of a real call has.
constexpr std::int64_t kMostTurns = 4096;

/// Runs one shape function.
class Evaluator {
 public:
  void set(const jit::Value* value, IValue content) { values_[value] = std::move(content); }
  const IValue& get(const jit::Value* value) const { return values_.at(value); }

  void run(const jit::Block* block) {
    for (const jit::Node* node : block->nodes()) run(node);
  }

 private:
  void run(const jit::Node* node) {
    const jit::NodeKind kind = node->kind();
    if (kind == c10::prim::Constant) return set(node->output(), constant(node));
    if (kind == c10::prim::If) return run_if(node);
    if (kind == c10::prim::Loop) return run_loop(node);
    if (kind == c10::prim::Uninitialized) return set(node->output(), IValue());
    if (kind == c10::prim::ListConstruct || kind == c10::prim::TupleConstruct) {
      return set(node->output(), make_graph_list(inputs(node)));
    }
    if (kind == c10::prim::TupleUnpack || kind == c10::prim::ListUnpack) return unpack(node);
    const GraphOperator run_operator = find_graph_operator(kind.toQualString());
    TORCH_CHECK(run_operator != nullptr, "shape functions with ", kind.toQualString());
    const IValue result = run_operator(inputs(node));
    if (node->outputs().size() == 1) set(node->output(), result);
  }

  static IValue constant(const jit::Node* node) {
    const auto value = jit::toIValue(node->output());
    TORCH_CHECK(value, "a shape function's constant has no value");
    return *value;
  }

  std::vector<IValue> inputs(const jit::Node* node) const {
    std::vector<IValue> inputs;
    for (const jit::Value* input : node->inputs()) inputs.push_back(get(input));
    return inputs;
  }

  void unpack(const jit::Node* node) {
    const auto items = get(node->input()).toListRef().vec();
    for (std::size_t i = 0; i < node->outputs().size(); ++i) set(node->outputs()[i], items.at(i));
  }

  void run_if(const jit::Node* node) {
    const jit::Block* block = node->blocks()[get(node->input()).toBool() ? 0 : 1];
    run(block);
    for (std::size_t i = 0; i < node->outputs().size(); ++i) {
      set(node->outputs()[i], get(block->outputs()[i]));
    }
  }

  void run_loop(const jit::Node* node) {
    const std::int64_t turns = to_size(get(node->inputs()[0])).guard_int(__FILE__, __LINE__);
    const jit::Block* block = node->blocks()[0];
    bool go_on = get(node->inputs()[1]).toBool();
    std::vector<IValue> carried;
    for (const jit::Value* input : node->inputs().slice(2)) carried.push_back(get(input));
    for (std::int64_t turn = 0; turn < turns && go_on; ++turn) {
      TORCH_CHECK(turn < kMostTurns, "a shape function that does not end");
      set(block->inputs()[0], turn);
      for (std::size_t i = 0; i < carried.size(); ++i) set(block->inputs()[i + 1], carried[i]);
      run(block);
      go_on = get(block->outputs()[0]).toBool();
      for (std::size_t i = 0; i < carried.size(); ++i) carried[i] = get(block->outputs()[i + 1]);
    }
    for (std::size_t i = 0; i < carried.size(); ++i) set(node->outputs()[i], carried[i]);
  }

  std::unordered_map<const jit::Value*, IValue> values_;
};

IValue sizes_list(const at::Tensor& tensor) {
  std::vector<IValue> sizes;
  for (const c10::SymInt& size : tensor.sym_sizes()) sizes.emplace_back(size);
  return make_graph_list(sizes);
}

/// An argument as a shape function takes it: of a tensor, its sizes.
IValue to_graph_value(const IValue& argument) {
  if (argument.isTensor()) {
    return argument.toTensor().defined() ? sizes_list(argument.toTensor()) : IValue();
  }
  if (!argument.isList()) return argument;
  std::vector<IValue> items;
  for (const IValue& item : argument.toList()) items.push_back(to_graph_value(item));
  return make_graph_list(items);
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
  Evaluator evaluator;
  TORCH_CHECK(graph->inputs().size() <= call.arguments().size(), "a stale shape function");
  for (std::size_t i = 0; i < graph->inputs().size(); ++i) {
    evaluator.set(graph->inputs()[i], to_graph_value(call.arguments()[i]));
  }
  evaluator.run(graph->block());
  Shapes shapes;
  for (const jit::Value* output : graph->outputs()) add_result(evaluator.get(output), shapes);
  return shapes;
}

}  // namespace roundtrip::shapes
