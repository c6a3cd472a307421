#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <roundtrip/graph.h>

#include <cstdint>
#include <memory>
#include <string>

#include "export/shapes/shapes.h"

namespace roundtrip {

struct Symbols;

/// Stands for a value of the graph while a model's forward runs. It has the
/// sizes, strides and dtype of its concrete tensor, a plain one with real data, and no
/// memory of its own, so code that reads its data is seen. Sizes may be symbolic;
/// reading those as plain integers is seen too. `graph` is the number of the graph that
/// is being recorded: a branch has one of its own.
class TracedTensor final : public c10::TensorImpl {
 public:
  TracedTensor(at::Tensor concrete, GraphValue* value, std::uint64_t graph);

  const at::Tensor& concrete() const { return concrete_; }
  /// The graph's value it stands for; an in-place operator changes it. Null for a tensor of no
  /// graph. It lives as long as the graph, which the tensor may outlive.
  GraphValue* value() const { return value_; }
  void set_value(GraphValue& value) { value_ = &value; }
  std::uint64_t graph() const { return graph_; }

  /// Takes over the concrete tensor's sizes and strides after an operator changed them.
  void refresh();

  /// The symbolic number that it is, for `number_tensor`; null for others.
  const c10::SymNode& number() const { return number_; }

  /// Null if all of its layout is plain numbers.
  const std::shared_ptr<const SymbolicLayout>& layout() const { return layout_; }
  /// Numbers of the layout read as plain ones go through `symbols`.
  void set_layout(std::shared_ptr<const SymbolicLayout> layout, std::shared_ptr<Symbols> symbols);
  void set_number(c10::SymNode number);

  c10::intrusive_ptr<TensorImpl> shallow_copy_and_detach(
      const c10::VariableVersion& version_counter,
      bool allow_tensor_metadata_change) const override;
  c10::intrusive_ptr<TensorImpl> shallow_copy_and_detach(
      c10::VariableVersion&& version_counter, bool allow_tensor_metadata_change) const override;
  void shallow_copy_from(const c10::intrusive_ptr<TensorImpl>& impl) override;
  void release_resources() override;

 protected:
  at::IntArrayRef sizes_custom() const override;
  at::IntArrayRef strides_custom() const override;
  /// An operator that takes a dimension away in place has done so to the concrete tensor when rules
  /// ask.
  std::int64_t dim_custom() const override {
    return static_cast<std::int64_t>(layout_->sizes.size());
  }
  std::int64_t size_custom(std::int64_t dimension) const override;
  std::int64_t numel_custom() const override;
  std::int64_t storage_offset_custom() const override;
  c10::SymInt sym_size_custom(std::int64_t dimension) const override;
  c10::SymIntArrayRef sym_sizes_custom() const override;
  c10::SymIntArrayRef sym_strides_custom() const override;
  c10::SymInt sym_numel_custom() const override;
  c10::SymInt sym_storage_offset_custom() const override;
  c10::SymBool sym_is_contiguous_custom(at::MemoryFormat format) const override;
  c10::SymBool sym_is_non_overlapping_and_dense_custom() const override;

 private:
  void read_as_plain(const c10::SymInt& number) const;

  at::Tensor concrete_;
  GraphValue* value_;
  std::uint64_t graph_;
  std::shared_ptr<const SymbolicLayout> layout_;
  std::shared_ptr<Symbols> symbols_;
  c10::SymNode number_;
  mutable std::optional<c10::SymInt> numel_;  ///< once it was asked for
};

at::Tensor make_traced(at::Tensor concrete, GraphValue& value, std::uint64_t graph);

/// A tensor of no graph that has this data and, if `layout` has symbols, this layout.
at::Tensor with_layout(at::Tensor concrete, const SymbolicLayout& layout,
                       const std::shared_ptr<Symbols>& symbols);

/// A symbolic number in a tensor's place, as Python's `x * n` has it: a tensor of no graph,
/// without dimensions, that leaves the other operand's dtype as it is.
at::Tensor number_tensor(const c10::SymNode& number);

/// The sizes of a tensor, none of them read as a plain number.
std::vector<c10::SymInt> sizes_of(const at::Tensor& tensor);

/// The traced tensor behind `tensor`, or null if it is a plain one.
TracedTensor* as_traced(const at::Tensor& tensor);

/// Throws `CaptureError` for a plain tensor that was given a traced one's memory (set_data).
void refuse_traced_memory(const at::Tensor& tensor);

/// The layout of a tensor if some of it is symbolic, or null.
const SymbolicLayout* symbolic_layout(const at::Tensor& tensor);
/// The data of a traced tensor; a plain tensor itself.
at::Tensor concrete_of(const at::Tensor& tensor);
/// A copy of an operator's argument with tensors and symbolic numbers replaced by what they
/// are in this run.
c10::IValue concrete_of_value(const c10::IValue& value);

}  // namespace roundtrip
