#include "export/interpreter/steps/sym_step.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <array>
#include <utility>
#include <vector>

#include "export/interpreter/steps/operand.h"
#include "export/interpreter/steps/result_sink.h"

namespace roundtrip {

namespace {

constexpr std::size_t kMaxArity = 3;

class SymStep final : public Step {
 public:
  SymStep(const SymOp& op, std::vector<Operand> operands, ResultSink result)
      : op_(op), operands_(std::move(operands)), result_(std::move(result)) {}

  void run(Frame& frame) const override {
    std::array<c10::IValue, kMaxArity> args;
    for (std::size_t i = 0; i < operands_.size(); ++i) args[i] = operands_[i].load(frame);
    result_.store(frame, apply(op_, args.data()));
  }

 private:
  SymOp op_;
  std::vector<Operand> operands_;
  ResultSink result_;
};

}  // namespace

std::unique_ptr<Step> make_sym_step(const Node& node, const SymOp& op, Scope& scope) {
  std::vector<Operand> operands;
  for (const auto& input : node.inputs()) {
    // Python's `round(number, None)` has a second argument that says nothing.
    if (!input.arg.get<NoneArgument>()) append_operands(input.arg, scope, operands);
  }
  if (operands.size() != op.arity || node.outputs().size() != 1) {
    throw ProgramError(c10::str("the operator takes ", op.arity,
                                " arguments and gives one result, ", "but the node has ",
                                operands.size(), " and ", node.outputs().size()));
  }
  return std::make_unique<SymStep>(op, std::move(operands), ResultSink(node.outputs()[0], scope));
}

}  // namespace roundtrip
