#include "export/tracing/traced_tensor.h"

#include <ATen/ScalarOps.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <limits>

#include "export/dispatch/tensor_values.h"
#include "export/shapes/rules/arithmetic.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

constexpr auto kTracedKey = c10::DispatchKey::TESTING_ONLY_GenericWrapper;
constexpr auto kNoGraph = std::numeric_limits<std::uint64_t>::max();

std::vector<std::int64_t> concrete_ints(const c10::IValue& value) {
  std::vector<std::int64_t> numbers;
  for (const c10::IValue& item : value.toListRef()) {
    numbers.push_back(item.isInt() ? item.toInt() : value_in_this_run(item.toSymInt()));
  }
  return numbers;
}

}  // namespace

TracedTensor::TracedTensor(at::Tensor concrete, GraphValue* value, std::uint64_t graph)
    : TensorImpl(c10::DispatchKeySet(kTracedKey), concrete.dtype(), concrete.device()),
      concrete_(std::move(concrete)),
      value_(value),
      graph_(graph) {
  release_storage_and_set_meta_custom_data_ptr_error_msg_(
      "forward reads a tensor's memory, which a program cannot record: it prints the tensor "
      "(std::cout <<), or uses data_ptr, accessor or storage. Use tensor operators; print sizes "
      "(x.sym_sizes()), or outside of roundtrip::is_exporting() only");
  refresh();
}

void TracedTensor::refresh() {
  has_symbolic_sizes_strides_ = false;
  set_sizes_and_strides(concrete_.sizes(), concrete_.strides(), concrete_.storage_offset());
}

void TracedTensor::set_layout(std::shared_ptr<const SymbolicLayout> layout,
                              std::shared_ptr<Symbols> symbols) {
  layout_ = std::move(layout);
  symbols_ = std::move(symbols);
  numel_.reset();
  if (layout_) {
    // LibTorch's functionalization copies what the tensor itself has.
    if (!extra_meta_->symbolic_shape_meta_) {
      extra_meta_->symbolic_shape_meta_ = std::make_unique<c10::SymbolicShapeMeta>();
    }
    TensorImpl::set_sizes_and_strides(layout_->sizes, layout_->strides, layout_->storage_offset);
  }
  set_custom_sizes_strides(layout_ ? SizesStridesPolicy::CustomSizes : SizesStridesPolicy::Default);
}

void TracedTensor::set_number(c10::SymNode number) {
  number_ = std::move(number);
  set_wrapped_number(true);
}

void TracedTensor::read_as_plain(const c10::SymInt& number) const {
  if (!number.maybe_as_int()) symbols_->read(expr_of(number));
}

at::IntArrayRef TracedTensor::sizes_custom() const {
  for (const c10::SymInt& size : layout_->sizes) read_as_plain(size);
  return concrete_.sizes();
}

at::IntArrayRef TracedTensor::strides_custom() const {
  for (const c10::SymInt& stride : layout_->strides) read_as_plain(stride);
  return concrete_.strides();
}

std::int64_t TracedTensor::size_custom(std::int64_t dimension) const {
  const std::int64_t wrapped = c10::maybe_wrap_dim(dimension, dim_custom());
  read_as_plain(layout_->sizes[static_cast<std::size_t>(wrapped)]);
  return concrete_.size(wrapped);
}

std::int64_t TracedTensor::numel_custom() const {
  for (const c10::SymInt& size : layout_->sizes) read_as_plain(size);
  return concrete_.numel();
}

std::int64_t TracedTensor::storage_offset_custom() const {
  read_as_plain(layout_->storage_offset);
  return concrete_.storage_offset();
}

c10::SymInt TracedTensor::sym_size_custom(std::int64_t dimension) const {
  const std::int64_t wrapped = c10::maybe_wrap_dim(dimension, dim_custom());
  return layout_->sizes[static_cast<std::size_t>(wrapped)];
}

c10::SymIntArrayRef TracedTensor::sym_sizes_custom() const {
  return layout_->sizes;
}

c10::SymIntArrayRef TracedTensor::sym_strides_custom() const {
  return layout_->strides;
}

c10::SymInt TracedTensor::sym_numel_custom() const {
  if (numel_) return *numel_;
  if (value_ == nullptr) {
    numel_ = shapes::product(layout_->sizes);
  } else {
    const WithoutArithmetic without_arithmetic(*symbols_);
    const Expr expr = expr_of(shapes::product(layout_->sizes));
    numel_ = make_sym_int(symbols_, expr, {graph_, nullptr, value_, "sym_numel.default", 0});
  }
  return *numel_;
}

c10::SymInt TracedTensor::sym_storage_offset_custom() const {
  return layout_->storage_offset;
}

/// Whether a layout is contiguous depends only on which dimensions are in which
/// order, for all sizes that a program is exported for; so the concrete tensor's answer holds.
c10::SymBool TracedTensor::sym_is_contiguous_custom(at::MemoryFormat format) const {
  return concrete_.is_contiguous(format);
}

c10::SymBool TracedTensor::sym_is_non_overlapping_and_dense_custom() const {
  return concrete_.is_non_overlapping_and_dense();
}

c10::intrusive_ptr<c10::TensorImpl> TracedTensor::shallow_copy_and_detach(
    const c10::VariableVersion& version_counter, bool allow_tensor_metadata_change) const {
  auto copy = c10::make_intrusive<TracedTensor>(concrete_, value_, graph_);
  copy->set_layout(layout_, symbols_);
  if (number_) copy->set_number(number_);
  copy->set_version_counter(version_counter);
  copy->set_allow_tensor_metadata_change(allow_tensor_metadata_change);
  return copy;
}

c10::intrusive_ptr<c10::TensorImpl> TracedTensor::shallow_copy_and_detach(
    c10::VariableVersion&& version_counter, bool allow_tensor_metadata_change) const {
  return shallow_copy_and_detach(static_cast<const c10::VariableVersion&>(version_counter),
                                 allow_tensor_metadata_change);
}

void TracedTensor::shallow_copy_from(const c10::intrusive_ptr<TensorImpl>& impl) {
  const auto& source = static_cast<const TracedTensor&>(*impl);
  concrete_ = source.concrete_;
  value_ = source.value_;
  graph_ = source.graph_;
  refresh();
  set_layout(source.layout_, source.symbols_);
}

/// The recorder's weak reference outlives the tensor; the data must not.
void TracedTensor::release_resources() {
  if (value_ != nullptr) note_release();
  TensorImpl::release_resources();
  concrete_.reset();
}

namespace {

at::Tensor make_of_no_graph(at::Tensor concrete) {
  return at::detail::make_tensor<TracedTensor>(std::move(concrete), nullptr, kNoGraph);
}

}  // namespace

at::Tensor make_traced(at::Tensor concrete, GraphValue& value, std::uint64_t graph) {
  return at::detail::make_tensor<TracedTensor>(std::move(concrete), &value, graph);
}

at::Tensor with_layout(at::Tensor concrete, const SymbolicLayout& layout,
                       const std::shared_ptr<Symbols>& symbols) {
  const auto symbolic = [](const c10::SymInt& number) { return !number.maybe_as_int(); };
  if (std::none_of(layout.sizes.begin(), layout.sizes.end(), symbolic) &&
      std::none_of(layout.strides.begin(), layout.strides.end(), symbolic) &&
      !symbolic(layout.storage_offset)) {
    return concrete;
  }
  at::Tensor tensor = make_of_no_graph(std::move(concrete));
  as_traced(tensor)->set_layout(std::make_shared<SymbolicLayout>(layout), symbols);
  return tensor;
}

at::Tensor number_tensor(const c10::SymNode& number) {
  const at::Scalar value =
      std::visit([](auto value) { return at::Scalar(value); }, value_in_this_run(number));
  at::Tensor concrete = c10::scalar_to_tensor(value);
  concrete.unsafeGetTensorImpl()->set_wrapped_number(true);
  at::Tensor tensor = make_of_no_graph(std::move(concrete));
  as_traced(tensor)->set_number(number);
  return tensor;
}

std::vector<c10::SymInt> sizes_of(const at::Tensor& tensor) {
  const auto sizes = tensor.sym_sizes();
  return {sizes.begin(), sizes.end()};
}

TracedTensor* as_traced(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.key_set().has(kTracedKey)) return nullptr;
  return dynamic_cast<TracedTensor*>(tensor.unsafeGetTensorImpl());
}

void refuse_traced_memory(const at::Tensor& tensor) {
  if (!tensor.key_set().has(kTracedKey) || as_traced(tensor) != nullptr) return;
  throw CaptureError(
      "forward replaces the memory of a tensor (set_data) by one that it made, which a program "
      "cannot record. Register the tensor as a buffer, and write to it in place (copy_)");
}

const SymbolicLayout* symbolic_layout(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  return traced != nullptr ? traced->layout().get() : nullptr;
}

at::Tensor concrete_of(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  return traced != nullptr ? traced->concrete() : tensor;
}

c10::IValue concrete_of_value(const c10::IValue& value) {
  if (value.isSymInt()) return value_in_this_run(value.toSymInt());
  if (value.isSymFloat()) {
    return std::get<double>(value_in_this_run(value.toSymFloat().toSymNodeImpl()));
  }
  if (value.isSymBool()) {
    return std::get<bool>(value_in_this_run(value.toSymBool().toSymNodeImpl()));
  }
  if (value.isSymIntList()) return concrete_ints(value);
  return map_tensors(value, concrete_of);
}

}  // namespace roundtrip
