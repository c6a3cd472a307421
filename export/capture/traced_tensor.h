#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace roundtrip {

/// Stands for a value of the graph while a model's forward runs. It has the
/// sizes, strides and dtype of its twin, a plain tensor with real data, and no
/// memory of its own, so code that reads its data is seen. `graph` is the number of
/// the graph that is being recorded: a branch has one of its own.
class TracedTensor final : public c10::TensorImpl {
 public:
  TracedTensor(at::Tensor twin, std::string value, std::uint64_t graph);

  const at::Tensor& twin() const { return twin_; }
  /// Name of the graph's value it stands for; an in-place operator changes it.
  const std::string& value() const { return value_; }
  void set_value(std::string value) { value_ = std::move(value); }
  std::uint64_t graph() const { return graph_; }

  /// Takes over the twin's sizes and strides after an operator changed them.
  void refresh();

  c10::intrusive_ptr<TensorImpl> shallow_copy_and_detach(
      const c10::VariableVersion& version_counter,
      bool allow_tensor_metadata_change) const override;
  c10::intrusive_ptr<TensorImpl> shallow_copy_and_detach(
      c10::VariableVersion&& version_counter, bool allow_tensor_metadata_change) const override;
  void shallow_copy_from(const c10::intrusive_ptr<TensorImpl>& impl) override;

 private:
  at::Tensor twin_;
  std::string value_;
  std::uint64_t graph_;
};

at::Tensor make_traced(at::Tensor twin, std::string value, std::uint64_t graph);

/// The traced tensor behind `tensor`, or null if it is a plain one.
TracedTensor* as_traced(const at::Tensor& tensor);

/// The data of a traced tensor; a plain tensor itself.
at::Tensor twin_of(const at::Tensor& tensor);

}  // namespace roundtrip
