#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// A call of an operator that writes to arguments as one that writes to none, Python's
/// `auto_functionalized_v2`. In the place of the tensors that the operator writes to it
/// takes their bases, the tensors that own the memory, and for each tensor how it is a
/// view of one. It calls the operator on copies of the bases and gives the operator's
/// results, then the copies.
class AutoFunctionalized {
 public:
  /// Whether an operator may be called so: it is none of LibTorch's, gives new tensors or
  /// nothing, and writes to tensors or lists of tensors.
  static bool can_call(const c10::OperatorHandle& op);

  /// `keywords` are the names of the call's arguments: the operator's own that it does not
  /// write to, by their names; for `x`, which it does, `_x_base_index` and the likes of
  /// `_x_size`; and `_all_bases`. Throws `ProgramError` for an operator or names that do
  /// not fit.
  AutoFunctionalized(const c10::OperatorHandle& op, const std::vector<std::string>& keywords);

  const c10::OperatorHandle& op() const { return op_; }
  /// The call's arguments as those of an operator.
  const c10::FunctionSchema& schema() const { return schema_; }
  /// How many results the operator has, None included.
  std::size_t num_own_results() const;

  /// `keywords` in the order of their names; the result's first values are the operator's.
  torch::jit::Stack operator()(c10::ArrayRef<c10::IValue> keywords) const;

  /// The operator's arguments, views of `bases` among them.
  torch::jit::Stack arguments(c10::ArrayRef<c10::IValue> keywords,
                              const std::vector<at::Tensor>& bases) const;

 private:
  void require(const std::string& name) const;
  const c10::IValue* find(c10::ArrayRef<c10::IValue> keywords, const std::string& name) const;
  const c10::IValue& get(c10::ArrayRef<c10::IValue> keywords, const std::string& name) const;
  c10::IValue written(c10::ArrayRef<c10::IValue> keywords, const c10::Argument& formal,
                      const std::vector<at::Tensor>& bases) const;
  c10::IValue view(c10::ArrayRef<c10::IValue> keywords, const std::string& prefix,
                   const std::vector<at::Tensor>& bases) const;

  c10::OperatorHandle op_;
  c10::FunctionSchema schema_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace roundtrip
