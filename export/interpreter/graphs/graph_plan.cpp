#include "export/interpreter/graphs/graph_plan.h"

#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/metadata_scope.h"
#include "export/dispatch/operator_failure.h"
#include "export/dispatch/vmap_levels.h"
#include "export/graph/depth.h"
#include "export/interpreter/graphs/higher_order.h"
#include "export/interpreter/graphs/vmap_steps.h"
#include "export/interpreter/steps/operator_step.h"
#include "export/interpreter/steps/result_sink.h"
#include "export/interpreter/steps/sym_step.h"

namespace roundtrip {

namespace {

/// A node that cannot run; it says so when it is reached.
class FailingStep final : public Step {
 public:
  explicit FailingStep(std::exception_ptr error) : error_(std::move(error)) {}
  [[noreturn]] void run(Frame&) const override { std::rethrow_exception(error_); }

 private:
  std::exception_ptr error_;
};

std::unique_ptr<Step> make_step(const Node& node, const OperatorPolicy& policy, Scope& scope,
                                int depth) {
  try {
    if (auto* op = find_sym_op(node.target())) return make_sym_step(node, *op, scope);
    if (node.target().rfind("torch.ops.higher_order.", 0) == 0) {
      return make_higher_order_step(node, policy, scope, depth);
    }
    if (is_vmap_node(node)) {
      CallReader call(node, policy, scope, depth);
      return make_vmap_step(node.target(), call);
    }
    if (node.target().rfind("torch.ops.", 0) == 0) return make_operator_step(node, policy, scope);
    throw UnsupportedError("this version cannot run " + node.target());
  } catch (const ProgramError&) {
    throw;
  } catch (const Error&) {
    // Later nodes still need the values this one would define.
    for (const auto& output : node.outputs()) ResultSink(output, scope);
    return std::make_unique<FailingStep>(std::current_exception());
  }
}

/// The innermost line of a Python stack trace: `File "model.py", line 3, in forward`.
std::string innermost_frame(const Metadata& metadata) {
  for (const auto& [key, text] : metadata) {
    if (key != "stack_trace") continue;
    auto begin = text.rfind("File \"");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  return {};
}

std::string name_of(const Node& node) {
  return node.name().value_or(node.target());
}

std::string place_of(const Node& node) {
  auto frame = innermost_frame(node.metadata());
  return node.target() + (frame.empty() ? "" : ", " + frame);
}

std::string where_is(const std::string& node, const std::string& place) {
  return "node '" + node + "' (" + place + ")";
}

}  // namespace

GraphPlan::GraphPlan(const Graph& graph, const OperatorPolicy& policy, int depth,
                     const StepMaker& other_steps) {
  if (depth > kMaxGraphDepth) throw ProgramError("the program's graphs are nested too deeply");
  Scope scope(graph);
  for (const auto& input : graph.inputs()) add_input(input, scope);
  instructions_.reserve(graph.num_nodes());
  for (const Node& node : graph.nodes()) {
    scope.enter(instructions_.size());
    instructions_.push_back(compile(node, policy, scope, depth, other_steps));
    has_vmap_ |= is_vmap_node(node);
  }
  scope.enter(graph.num_nodes());
  for (const auto& output : graph.outputs()) append_operands(output, scope, outputs_);
  num_registers_ = scope.num_registers();
}

void GraphPlan::add_input(const Argument& input, Scope& scope) {
  std::optional<Register> index;
  for_each_value(input, [&](const GraphValue& value) { index = scope.define_if_used(value); });
  inputs_.push_back(index);
}

GraphPlan::Instruction GraphPlan::compile(const Node& node, const OperatorPolicy& policy,
                                          Scope& scope, int depth, const StepMaker& other_steps) {
  Instruction instruction;
  instruction.node = name_of(node);
  instruction.place = place_of(node);
  instruction.metadata = &node.metadata();
  try {
    if (other_steps) instruction.step = other_steps(node, scope);
    if (!instruction.step) instruction.step = make_step(node, policy, scope, depth);
    for (const auto* value : scope.dying()) instruction.releases.push_back(scope.find(*value));
  } catch (const ProgramError& error) {
    throw ProgramError(where_is(instruction.node, instruction.place) + ": " + error.what());
  }
  return instruction;
}

std::vector<c10::IValue> GraphPlan::run(std::vector<c10::IValue> inputs,
                                        torch::jit::Stack& stack) const {
  Frame frame{std::vector<c10::IValue>(num_registers_), stack};
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i]) frame.registers[*inputs_[i]] = std::move(inputs[i]);
  }
  std::optional<VmapDepth> vmap_depth;
  if (has_vmap_) vmap_depth.emplace();
  const bool captured = is_capturing();
  const Instruction* current = nullptr;
  const auto where = [&] { return where_is(current->node, current->place); };
  try {
    for (const auto& instruction : instructions_) {
      current = &instruction;
      std::optional<MetadataScope> scope;
      if (captured) scope.emplace(*instruction.metadata);
      instruction.step->run(frame);
      for (auto index : instruction.releases) frame.registers[index] = {};
    }
  } catch (const ExecutionError&) {
    throw;  // a node of a subgraph, already named
  } catch (const OperatorFailure& error) {
    throw OperatorFailure(where() + ": " + error.what());
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(where() + ": " + error.what());
  } catch (const c10::Error& error) {
    throw ExecutionError(current->node, where(), error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw ExecutionError(current->node, where(), error.what());
  }
  std::vector<c10::IValue> outputs;
  outputs.reserve(outputs_.size());
  for (const auto& output : outputs_) outputs.push_back(output.load(frame));
  return outputs;
}

}  // namespace roundtrip
