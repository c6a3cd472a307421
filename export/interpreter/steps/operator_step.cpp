#include "export/interpreter/steps/operator_step.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <string>
#include <utility>
#include <vector>

#include "export/dispatch/capture_handler.h"
#include "export/interpreter/steps/result_sink.h"
#include "export/operators/facts.h"

namespace roundtrip {

namespace {

class OperatorStep final : public Step {
 public:
  OperatorStep(c10::OperatorHandle op, std::vector<Operand> operands,
               std::vector<ResultSink> results)
      : op_(op),
        is_empty_(facts_of(op).special == SpecialOperator::empty),
        operands_(std::move(operands)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    auto& stack = frame.stack;
    for (const auto& operand : operands_) stack.push_back(operand.load(frame));
    call(stack);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      results_[i].store(frame, std::move(stack[i]));
    }
    stack.clear();
  }

 private:
  void call(torch::jit::Stack& stack) const {
    CaptureHandler* handler = is_empty_ ? current_handler() : nullptr;
    handler != nullptr ? handler->call_empty(op_, stack) : op_.callBoxed(stack);
  }

  c10::OperatorHandle op_;
  bool is_empty_;
  std::vector<Operand> operands_;
  std::vector<ResultSink> results_;
};

/// The node's input for each formal argument, or null where the default applies.
std::vector<const Argument*> match_arguments(const std::vector<NamedArgument>& inputs,
                                             const c10::FunctionSchema& schema) {
  std::vector<const Argument*> matched(schema.arguments().size(), nullptr);
  for (const auto& input : inputs) {
    auto index = schema.argumentIndexWithName(input.name);
    if (!index) throw ProgramError("the operator has no argument '" + input.name + "'");
    auto& slot = matched[static_cast<std::size_t>(*index)];
    if (slot) throw ProgramError("the argument '" + input.name + "' is given twice");
    slot = &input.arg;
  }
  return matched;
}

std::vector<ResultSink> make_results(const Node& node, const c10::FunctionSchema& schema,
                                     Scope& scope) {
  if (node.outputs().size() > schema.returns().size()) {
    throw ProgramError(c10::str("the node has ", node.outputs().size(), " outputs, the operator ",
                                schema.returns().size()));
  }
  std::vector<ResultSink> results;
  results.reserve(node.outputs().size());
  for (const auto& output : node.outputs()) results.emplace_back(output, scope);
  return results;
}

}  // namespace

std::vector<Operand> make_operands(const std::vector<NamedArgument>& inputs,
                                   const c10::FunctionSchema& schema, const Scope& scope) {
  auto given = match_arguments(inputs, schema);
  std::vector<Operand> operands;
  operands.reserve(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& formal = schema.arguments()[i];
    operands.push_back(given[i] ? make_operand(*given[i], formal, scope) : default_operand(formal));
  }
  return operands;
}

std::unique_ptr<Step> make_operator_step(const Node& node, const OperatorPolicy& policy,
                                         Scope& scope) {
  auto op = policy.resolve(node.target());
  auto operands = make_operands(node.inputs(), op.schema(), scope);
  auto results = make_results(node, op.schema(), scope);
  return std::make_unique<OperatorStep>(op, std::move(operands), std::move(results));
}

}  // namespace roundtrip
