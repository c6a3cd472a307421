#include "export/interpreter/steps/result_sink.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

namespace roundtrip {

namespace {

bool holds_list(const Argument& output) {
  return output.get<std::vector<TensorArgument>>() ||
         output.get<std::vector<OptionalTensorArgument>>() ||
         output.get<std::vector<SymIntArgument>>();
}

}  // namespace

ResultSink::ResultSink(const Argument& output, Scope& scope) : is_list_(holds_list(output)) {
  for_each_value(output, [&](const GraphValue& value) {
    registers_.push_back(scope.define_if_used(value).value_or(kUnused));
  });
  if (is_list_) return;
  if (registers_.empty()) registers_.push_back(kUnused);  // None, or a plain number
  if (registers_.size() != 1) throw ProgramError("an output is of a kind that no operator gives");
}

void ResultSink::store_flat(Frame& frame, std::vector<c10::IValue>::iterator& values) const {
  for (auto index : registers_) {
    if (index != kUnused) frame.registers[index] = std::move(*values);
    ++values;
  }
}

void ResultSink::store_list(Frame& frame, const c10::IValue& result) const {
  TORCH_CHECK(result.isList(), "the program expects a list, but the operator gave a ",
              result.tagKind());
  auto items = result.toListRef();
  TORCH_CHECK(items.size() == registers_.size(), "the program expects ", registers_.size(),
              " tensors, but the operator gave ", items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (registers_[i] != kUnused) frame.registers[registers_[i]] = items[i];
  }
}

}  // namespace roundtrip
