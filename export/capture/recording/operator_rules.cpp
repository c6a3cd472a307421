#include "export/capture/recording/operator_rules.h"

#include <roundtrip/error.h>

#include "export/operators/facts.h"

namespace roundtrip {
void refuse_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments) {
  const OperatorFacts& facts = facts_of(op);
  if (!facts.is_data_dependent(arguments)) return;
  const bool value = facts.is_query;
  throw CaptureError(c10::str(
      "forward calls ", op.schema().operator_name(), ", whose ",
      value ? "result" : "result's shape",
      " depends on the data in a tensor; a program with static sizes cannot hold it. ",
      value ? "Keep the value in a tensor (torch::where instead of if), or pass it as an input"
            : "Use an operator whose result has a fixed shape (torch::where, a mask)"));
}

}  // namespace roundtrip
