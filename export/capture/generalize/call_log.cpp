#include "export/capture/generalize/call_log.h"

#include <algorithm>

#include "export/capture/generalize/integers.h"
#include "export/capture/recording/recorder.h"
#include "export/capture/trace/arguments.h"
#include "export/program/node_text.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {

void CallLog::forward_called(Recorder&, const std::vector<Argument>&) {
}

void CallLog::operator_called(Recorder& recorder, const c10::OperatorHandle& op,
                              std::vector<c10::IValue>& arguments) {
  LoggedCall call;
  call.text = text_without_integers(op.schema(), arguments, [&](const at::Tensor& tensor) {
    if (is_wrapped_number(tensor)) return c10::str(c10::IValue(tensor.item()));
    return "%" + recorder.value_of(tensor).name();
  });
  map_integers(op.schema(), arguments, [&](const c10::SymInt& number, const c10::Argument&) {
    call.integers.push_back(value_in_this_run(number));
    return number;
  });
  call.place = user_place();
  calls_.push_back(std::move(call));
}

void CallLog::function_called(const std::string& target, const std::vector<NamedArgument>& inputs) {
  std::vector<Argument> arguments;
  for (const NamedArgument& input : inputs) arguments.push_back(input.arg);
  calls_.push_back({target + "(" + arguments_text(arguments) + ")", {}, user_place()});
}

Value CallLog::leaf_returned(Recorder& recorder, const Value& leaf) {
  if (leaf.is_int()) {
    calls_.push_back({"return #", {leaf.to_int()}, {}});
  } else if (leaf.is_tensor()) {
    calls_.push_back({"return %" + recorder.value_of(leaf.tensor()).name(), {}, {}});
  } else {
    calls_.push_back({"return a " + leaf.type_name(), {}, {}});
  }
  return leaf;
}

std::optional<std::string> first_difference(const CallLog& left, const CallLog& right) {
  static const LoggedCall kNothing{"nothing more", {}, {}};
  const std::size_t count = std::max(left.calls().size(), right.calls().size());
  for (std::size_t i = 0; i < count; ++i) {
    const LoggedCall& one = i < left.calls().size() ? left.calls()[i] : kNothing;
    const LoggedCall& other = i < right.calls().size() ? right.calls()[i] : kNothing;
    if (one.text == other.text && one.integers.size() == other.integers.size()) continue;
    return c10::str("call ", i, " is '", one.text, "' at one size and '", other.text,
                    "' at another", one.place.empty() ? other.place : one.place);
  }
  return std::nullopt;
}

}  // namespace roundtrip
