#include <roundtrip/hints_wrapper.h>

#include <utility>

#include "export/interpreter/graphs/control_flow.h"
#include "export/interpreter/graphs/recorded_graphs.h"

namespace roundtrip {
namespace {

Value hint_value(const Argument& given) {
  if (const auto* truth = given.get<bool>()) return *truth;
  if (const auto* number = given.get<std::int64_t>()) return *number;
  if (const auto* number = given.get<double>()) return *number;
  if (const auto* text = given.get<std::string>()) return *text;
  throw ProgramError("a hint is no number, truth value or text");
}

Hints hints_of(const ArgumentDict& given) {
  Hints hints;
  for (const KeyedArgument& entry : given.entries) {
    hints.emplace_back(entry.key, hint_value(entry.value));
  }
  return hints;
}

class HintsWrapperStep final : public Step {
 public:
  HintsWrapperStep(GraphPlan body, OperandList operands, Hints hints, ResultSinks results)
      : body_(std::move(body)),
        operands_(std::move(operands)),
        hints_(std::move(hints)),
        results_(std::move(results)) {}

  void run(Frame& frame) const override {
    if (is_recorded()) return record(frame);
    results_.store(frame, body_.run(operands_.load(frame), frame.stack));
  }

 private:
  void record(Frame& frame) const {
    const auto body = [&](const Values& inputs) {
      return Value::tuple(call_recorded(body_, inputs));
    };
    results_.store(frame, from_recorded(detail::hints_wrapper(
                              body, to_recorded(operands_.load(frame)), hints_)));
  }

  GraphPlan body_;
  OperandList operands_;
  Hints hints_;
  ResultSinks results_;
};

}  // namespace

std::unique_ptr<Step> make_hints_wrapper_step(CallReader& call) {
  auto body = call.graph();
  auto operands = call.operands();
  if (!call.constant<ArgumentDict>().entries.empty()) {
    throw ProgramError("hints_wrapper takes no keyword arguments but hints");
  }
  Hints hints = hints_of(call.constant<ArgumentDict>());
  require_inputs(body, operands.size());
  auto results = call.results(body.num_outputs());
  return std::make_unique<HintsWrapperStep>(std::move(body), std::move(operands), std::move(hints),
                                            std::move(results));
}

}  // namespace roundtrip
