#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

constexpr auto kTracedKey = c10::DispatchKey::TESTING_ONLY_GenericWrapper;

}  // namespace

TracedTensor::TracedTensor(at::Tensor twin, std::string value, std::uint64_t graph)
    : TensorImpl(c10::DispatchKeySet(kTracedKey), twin.dtype(), twin.device()),
      twin_(std::move(twin)),
      value_(std::move(value)),
      graph_(graph) {
  release_storage_and_set_meta_custom_data_ptr_error_msg_(
      "forward reads a tensor's memory (data_ptr, accessor, storage), which a program cannot "
      "record: use tensor operators instead");
  refresh();
}

void TracedTensor::refresh() {
  set_sizes_and_strides(twin_.sizes(), twin_.strides(), twin_.storage_offset());
}

c10::intrusive_ptr<c10::TensorImpl> TracedTensor::shallow_copy_and_detach(
    const c10::VariableVersion& version_counter, bool allow_tensor_metadata_change) const {
  auto copy = c10::make_intrusive<TracedTensor>(twin_, value_, graph_);
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
  twin_ = source.twin_;
  value_ = source.value_;
  graph_ = source.graph_;
  refresh();
}

at::Tensor make_traced(at::Tensor twin, std::string value, std::uint64_t graph) {
  return at::detail::make_tensor<TracedTensor>(std::move(twin), std::move(value), graph);
}

TracedTensor* as_traced(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.key_set().has(kTracedKey)) return nullptr;
  return dynamic_cast<TracedTensor*>(tensor.unsafeGetTensorImpl());
}

at::Tensor twin_of(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  return traced != nullptr ? traced->twin() : tensor;
}

}  // namespace roundtrip
