#include "export/interpreter/graphs/control_flow.h"

#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>

#include <utility>
#include <vector>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/plain_control_flow.h"
#include "export/interpreter/graphs/recorded_graphs.h"

namespace roundtrip {

namespace {

using c10::IValue;
using IValues = std::vector<IValue>;

/// A choice between graphs stays one, even if its sizes are known now.
Value record_constant(const Value& predicate, const GraphFunction& if_true,
                      const GraphFunction& if_false, const Values& operands) {
  return current_handler()->cond(predicate, if_true, if_false, operands);
}

/// `operands` with `inputs` in the place of its tensors: branches have numbers from outside.
Values with_tensors(const Values& operands, const Values& inputs) {
  Values all = operands;
  std::size_t next = 0;
  for (Value& operand : all) {
    if (operand.is_tensor()) operand = inputs.at(next++);
  }
  return all;
}

class CondStep final : public Step {
 public:
  CondStep(OperandList predicate, GraphPlan if_true, GraphPlan if_false, OperandList operands,
           ResultSinks results)
      : predicate_(std::move(predicate)),
        if_true_(std::move(if_true)),
        if_false_(std::move(if_false)),
        operands_(std::move(operands)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    const auto& branch = plain::truth(predicate_.load(frame).at(0)) ? if_true_ : if_false_;
    results_.store(frame, branch.run(operands_.load(frame), frame.stack));
  }

 private:
  void record(Frame& frame) const {
    const Values operands = to_recorded(operands_.load(frame));
    Values tensors = operands;
    std::erase_if(tensors, [](const Value& operand) { return !operand.is_tensor(); });
    const auto function = [&](const GraphPlan& branch) -> GraphFunction {
      return [&](const Values& inputs) {
        return Value::tuple(call_recorded(branch, with_tensors(operands, inputs)));
      };
    };
    const Value predicate = to_recorded(predicate_.load(frame)).at(0);
    const auto record = predicate.is_bool() ? record_constant : detail::cond;
    results_.store(
        frame, from_recorded(record(predicate, function(if_true_), function(if_false_), tensors)));
  }

  OperandList predicate_;
  GraphPlan if_true_;
  GraphPlan if_false_;
  OperandList operands_;
  ResultSinks results_;
};

class WhileLoopStep final : public Step {
 public:
  WhileLoopStep(GraphPlan condition, GraphPlan body, OperandList carried, OperandList additional,
                ResultSinks results)
      : condition_(std::move(condition)),
        body_(std::move(body)),
        carried_(std::move(carried)),
        additional_(std::move(additional)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    const IValues additional = additional_.load(frame);
    const auto call = [&](const GraphPlan& graph, IValues inputs) {
      append(inputs, additional);
      return graph.run(std::move(inputs), frame.stack);
    };
    results_.store(frame,
                   plain::while_loop(
                       carried_.load(frame),
                       [&](const IValues& carried) { return call(condition_, carried).at(0); },
                       [&](const IValues& carried) { return call(body_, carried); }));
  }

 private:
  void record(Frame& frame) const {
    const Values carried = to_recorded(carried_.load(frame));
    const Values additional = to_recorded(additional_.load(frame));
    const auto decide = [&](const Values& inputs) {
      return call_recorded(condition_, inputs, additional).at(0);
    };
    const auto iterate = [&](const Values& inputs) {
      return Value::tuple(call_recorded(body_, inputs, additional));
    };
    results_.store(frame, from_recorded(detail::while_loop(decide, iterate, carried)));
  }

  GraphPlan condition_;
  GraphPlan body_;
  OperandList carried_;
  OperandList additional_;
  ResultSinks results_;
};

}  // namespace

std::unique_ptr<Step> make_cond_step(CallReader& call) {
  auto predicate = call.operands();
  auto if_true = call.graph();
  auto if_false = call.graph();
  auto operands = call.operands();
  if (predicate.size() != 1) throw ProgramError("the predicate is a list");
  require_inputs(if_true, operands.size());
  require_inputs(if_false, operands.size());
  require_outputs(if_false, if_true.num_outputs(), if_true.num_outputs());
  auto results = call.results(if_true.num_outputs());
  return std::make_unique<CondStep>(std::move(predicate), std::move(if_true), std::move(if_false),
                                    std::move(operands), std::move(results));
}

std::unique_ptr<Step> make_while_loop_step(CallReader& call) {
  auto condition = call.graph();
  auto body = call.graph();
  auto carried = call.operands();
  auto additional = call.operands();
  require_inputs(condition, carried.size() + additional.size());
  require_inputs(body, carried.size() + additional.size());
  require_outputs(condition, 1, 1);
  require_outputs(body, carried.size(), carried.size());
  auto results = call.results(carried.size());
  return std::make_unique<WhileLoopStep>(std::move(condition), std::move(body), std::move(carried),
                                         std::move(additional), std::move(results));
}

}  // namespace roundtrip
