#include "export/decompose/decompose.h"

#include <ATen/core/grad_mode.h>
#include <roundtrip/symbolic.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "export/capture/forward/tracer.h"
#include "export/capture/passes/finish_trace.h"
#include "export/capture/recording/model_recorder.h"
#include "export/decompose/dead_code.h"
#include "export/decompose/functional_program.h"
#include "export/decompose/inputs_to_run.h"
#include "export/decompose/layers/decomposing_layer.h"
#include "export/decompose/layers/functional_layer.h"
#include "export/decompose/module_order.h"
#include "export/decompose/origins.h"
#include "export/decompose/program_constraints.h"
#include "export/decompose/repeated_inputs.h"
#include "export/dispatch/capture_handler.h"
#include "export/fake/fake_mode.h"
#include "export/interpreter/graphs/graph_plan.h"
#include "export/interpreter/inputs/input_tree.h"
#include "export/interpreter/program_state.h"
#include "export/interpreter/signature.h"
#include "export/interpreter/steps/leaves.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// An input of the graph that the program writes to, with the value it has in the end.
struct Mutation {
  std::size_t input;
  at::Tensor value;
};

/// Whether the program asserts what others are guarded by: conditions on its inputs' sizes.
bool prefers_asserts(const Graph& graph) {
  const auto of_inputs = [](const std::string& symbol) { return symbol.starts_with("s"); };
  const auto nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
    if (node.target() != "torch.ops.aten._assert_scalar.default") return false;
    const GraphValue* condition = node.inputs().front().arg.as_value();
    const auto* value = condition ? std::get_if<SymBool>(&condition->type()) : nullptr;
    const auto* expr = value ? std::get_if<SymExpr>(value) : nullptr;
    if (expr == nullptr) return false;
    const std::vector<std::string> symbols = free_symbols(parse_srepr(expr->expr_str));
    return !symbols.empty() && std::all_of(symbols.begin(), symbols.end(), of_inputs);
  });
}

/// Runs a program's graph on functional tensors.
class FunctionalRun {
 public:
  FunctionalRun(const Program& program, const GraphInputs& inputs, Recorder& recorder)
      : program_(program),
        recorder_(recorder),
        tree_(program.graph_module),
        inputs_(inputs),
        nodes_(with_origins(program.graph_module)),
        graph_(nodes_, OperatorPolicy(program)) {}

  /// Everything the graph gives: values of what it mutates, in the order of its inputs,
  /// then the results for the caller.
  Value operator()(const Values& args, const Kwargs& kwargs) {
    const at::AutoGradMode no_grad(false);
    const std::vector<const Value*> leaves = tree_.flatten(args, kwargs);
    require_known_sizes(program_, leaves, *recorder_.symbols());
    std::vector<IValue> values = inputs_.gather(leaves);
    for (IValue& value : values) {
      if (value.isTensor()) value = functional(value.toTensor());
    }
    const std::vector<IValue> inputs = values;
    torch::jit::Stack stack;
    std::vector<IValue> results = graph_.run(std::move(values), stack);
    write_inputs(inputs, results);
    take_mutations(inputs, results);
    return Value::tuple(results_in_order(results));
  }

  const std::vector<Mutation>& mutations() const { return mutations_; }

 private:
  /// One for each tensor, so that an input given twice is one.
  at::Tensor functional(const at::Tensor& tensor) {
    const WithoutCapture without_capture;
    at::Tensor& known = functional_[tensor.unsafeGetTensorImpl()];
    if (!known.defined()) {
      GraphValue& value = recorder_.value_of(tensor);
      known = make_functional(as_traced(tensor) != nullptr
                                  ? tensor
                                  : recorder_.values().traced(tensor, value, nullptr));
      known.set_requires_grad(tensor.requires_grad());  // kernels ask whether a weight does
      values_.emplace(known.unsafeGetTensorImpl(), &value);
    }
    return known;
  }

  at::Tensor below(const IValue& value) const { return recorder_.layer()->below(value.toTensor()); }

  void take_mutations(const std::vector<IValue>& inputs, const std::vector<IValue>& results) {
    const std::unordered_map<std::size_t, std::size_t> told = told_mutations();
    std::unordered_set<const c10::TensorImpl*> taken;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].isTensor()) continue;
      const auto result = told.find(i);
      const at::Tensor value = below(result == told.end() ? inputs[i] : results[result->second]);
      const c10::TensorImpl* input = inputs[i].toTensor().unsafeGetTensorImpl();
      if (as_traced(value)->value() == values_.at(input) || !taken.insert(input).second) continue;
      mutations_.push_back({i, value});
    }
  }

  /// Python's program writes to the caller's tensors in the end, and where it returns
  /// their new values, it returns what it wrote to.
  void write_inputs(const std::vector<IValue>& inputs, std::vector<IValue>& results) const {
    const GraphSignature& signature = program_.graph_module.signature;
    const std::vector<IValue> computed = results;
    for (const GraphMutation& mutation : graph_mutations(signature)) {
      if (!is_user_input(mutation.input)) continue;
      const at::Tensor& input = inputs[mutation.input].toTensor();
      input.copy_(computed[mutation.result].toTensor());
      results[mutation.result] = input;
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (!is_mutation(signature.output_specs[i]) && is_value(i, mutation.value)) {
          results[i] = input;
        }
      }
    }
  }

  bool is_value(std::size_t result, const GraphValue* value) const {
    const auto* tensor = program_.graph_module.graph.outputs()[result].get<TensorArgument>();
    return tensor != nullptr && tensor->value == value;
  }

  bool is_user_input(std::size_t i) const {
    return program_.graph_module.signature.input_specs.at(i).kind == InputKind::user_input;
  }

  /// Results that the program's signature says are new values of inputs.
  std::unordered_map<std::size_t, std::size_t> told_mutations() const {
    std::unordered_map<std::size_t, std::size_t> told;
    for (const GraphMutation& mutation : graph_mutations(program_.graph_module.signature)) {
      told.emplace(mutation.input, mutation.result);
    }
    return told;
  }

  Values results_in_order(const std::vector<IValue>& results) const {
    Values leaves;
    for (const Mutation& mutation : mutations_) leaves.emplace_back(mutation.value);
    const auto& specs = program_.graph_module.signature.output_specs;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (is_mutation(specs[i])) continue;
      const Value result = output_value(results[i]);
      leaves.push_back(result.is_tensor() ? Value(below(results[i])) : result);
    }
    return leaves;
  }

  const Program& program_;
  Recorder& recorder_;
  InputTree tree_;
  const GraphInputs& inputs_;
  const Graph nodes_;  ///< must outlive the plan
  GraphPlan graph_;
  std::vector<Mutation> mutations_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> functional_;
  std::unordered_map<const c10::TensorImpl*, const GraphValue*> values_;
};

}  // namespace

Program decompose_program(const Program& given, const DecompositionTable& table) {
  const Program program = in_module_order(without_repeated_inputs(given));
  const ExampleInputs examples = inputs_to_run(program);
  const GraphInputs inputs(program);
  std::optional<BackedSizeOblivious> oblivious;
  if (is_tiny_example(program, examples)) oblivious.emplace();
  const auto symbols =
      std::make_shared<Symbols>(/*is_strict=*/false, prefers_asserts(program.graph_module.graph));
  DecomposingLayer layer(table);
  ModelRecorder model(program_state(program, inputs.constants()), symbols, &layer);
  Recorder& recorder = model.recorder();
  const FakeMode fake;
  FunctionalRun run(program, inputs, recorder);
  Trace trace = record_forward(recorder, program_constraints(program, examples), examples.args,
                               examples.kwargs, std::ref(run));
  remove_dead_code(trace);
  finish_trace(trace);
  remove_dead_code(trace);  // what only assertions that were not needed used
  std::vector<std::size_t> mutated;
  for (const Mutation& mutation : run.mutations()) mutated.push_back(mutation.input);
  return functional_program(program, std::move(trace), mutated);
}

}  // namespace roundtrip
