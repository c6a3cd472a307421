#include "export/capture/inputs/other_inputs.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <unordered_map>

#include "export/capture/inputs/example_copies.h"
#include "export/fake/fake_tensor.h"
#include "export/program/tensor_copies.h"

namespace roundtrip {
namespace {

bool is_float8(const at::Tensor& values) {
  return values.is_floating_point() && values.itemsize() == 1;
}

/// LibTorch lacks `index_select` of some types: they are selected as others of their size.
at::Tensor select(const at::Tensor& values, std::int64_t dimension, const at::Tensor& index) {
  static const std::unordered_map<at::ScalarType, at::ScalarType> kSigned = {
      {at::kUInt16, at::kShort}, {at::kUInt32, at::kInt}, {at::kUInt64, at::kLong}};
  const at::ScalarType dtype = values.scalar_type();
  const auto found = kSigned.find(dtype);
  if (found == kSigned.end() && !is_float8(values)) return values.index_select(dimension, index);
  const at::ScalarType like = is_float8(values) ? at::kByte : found->second;
  return values.view(like).index_select(dimension, index).view(dtype);
}

/// Makes a tensor of other sizes from one, by rows that are there.
at::Tensor resized(const at::Tensor& tensor, const std::vector<std::int64_t>& sizes) {
  at::NoGradGuard no_grad;
  at::Tensor result = tensor.detach();
  for (std::int64_t dimension = 0; dimension < tensor.dim(); ++dimension) {
    const std::int64_t size = sizes[static_cast<std::size_t>(dimension)];
    const std::int64_t old = tensor.size(dimension);
    if (size == old) continue;
    result = old > 0 ? select(result, dimension, at::arange(size).remainder(old))
                     : at::zeros(sizes, tensor.options());
  }
  return result;
}

/// Makes other data of a kind, the same each time.
class OtherData {
 public:
  /// Works on whole memory: views may overlap, and inputs may share it.
  void change(const at::Tensor& all) {
    const at::NoGradGuard no_grad;
    const bool has_range = all.is_floating_point() && !is_float8(all);
    all.copy_(has_range ? other_floats(all) : shuffled(all));
  }

 private:
  /// Zeros, infinities and NaN often mean something (padding, a mask): they stay.
  at::Tensor other_floats(const at::Tensor& values) {
    if (values.numel() > 0 && values.all().item<bool>()) {
      const auto [low, high] = at::aminmax(values);
      const bool is_finite = at::isfinite(high - low).item<bool>();
      if (is_finite) {
        return at::empty_like(values).uniform_(low.item<double>(), high.item<double>(), generator_);
      }
    }
    return other_where_free(values);
  }

  at::Tensor other_where_free(const at::Tensor& values) {
    const at::Tensor free = at::logical_and(at::isfinite(values), values.ne(0));
    const at::Tensor plain = values.masked_select(free).to(at::kDouble);
    if (plain.numel() == 0) return values;
    const at::Tensor low = plain.min();
    const at::Tensor other = at::rand(values.sizes(), generator_, at::kDouble);
    return at::where(free, (other * (plain.max() - low) + low).to(values.options()), values);
  }

  at::Tensor shuffled(const at::Tensor& values) {
    return select(values, 0, at::randperm(values.numel(), generator_, at::kLong));
  }

  at::Generator generator_ = at::detail::createCPUGenerator(/*seed_val=*/20);
};

/// All elements of a storage that are whole, as a tensor of this type that shares them.
at::Tensor elements_of(const c10::Storage& storage, const at::TensorOptions& options) {
  const auto count = static_cast<std::int64_t>(storage.nbytes() / options.dtype().itemsize());
  return at::empty({0}, options).set_(storage, 0, {count}, {1});
}

/// Other example inputs of the same structure and types.
class OtherInputs {
 public:
  OtherInputs(const std::vector<LeafSizes>& sizes, bool other_data)
      : sizes_(sizes), other_data_(other_data) {}

  Value of(const Value& inputs) {
    return map_leaves(inputs, [this](const Value& leaf) -> Value {
      const LeafSizes& sizes = sizes_.at(next_++);
      if (leaf.is_tensor()) return of(leaf.tensor(), sizes);
      return sizes.empty() ? leaf : Value(sizes.front());
    });
  }

 private:
  at::Tensor of(const at::Tensor& tensor, const LeafSizes& sizes) {
    at::Tensor& other = done_[tensor.unsafeGetTensorImpl()];
    if (other.defined()) return other;
    const at::NoGradGuard no_grad;
    const bool has_other_sizes = !sizes.empty() && tensor.sizes() != sizes;
    if (tensor.is_meta()) {
      other = has_other_sizes ? at::empty(sizes, tensor.options()) : copies_.copy(tensor);
    } else if (!tensor.is_cpu()) {
      other = has_other_sizes ? resized(tensor, sizes).clone() : copies_.copy(tensor);
    } else {
      other = has_other_sizes ? lazy_of_sizes(tensor, sizes) : lazy_copy(tensor);
    }
    return other.set_requires_grad(tensor.requires_grad());
  }

  at::Tensor lazy_of_sizes(const at::Tensor& tensor, const LeafSizes& sizes) const {
    const std::size_t bytes =
        static_cast<std::size_t>(c10::multiply_integers(sizes)) * tensor.itemsize();
    const c10::Storage storage = lazy_storage(bytes, [tensor, sizes, other_data = other_data_] {
      const at::NoGradGuard no_grad;
      at::Tensor data = resized(tensor, sizes).clone(at::MemoryFormat::Contiguous);
      if (other_data) OtherData().change(data.view(-1));
      return data;
    });
    at::Tensor other = at::empty({0}, tensor.options());
    other.unsafeGetTensorImpl()->set_storage_keep_dtype(storage);
    other.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
    return other;
  }

  /// Those that share memory still do.
  at::Tensor lazy_copy(const at::Tensor& tensor) {
    c10::Storage& storage = storages_[tensor.storage().unsafeGetStorageImpl()];
    if (!storage) {
      storage = lazy_storage(tensor.storage().nbytes(), [tensor, other_data = other_data_] {
        const at::NoGradGuard no_grad;
        at::Tensor bytes = bytes_of(tensor.storage()).clone();
        if (other_data) OtherData().change(elements_of(bytes.storage(), tensor.options()));
        return bytes;
      });
    }
    at::Tensor copy = tensor.variable_data();
    copy.unsafeGetTensorImpl()->set_storage_keep_dtype(storage);
    return copy;
  }

  const std::vector<LeafSizes>& sizes_;
  const bool other_data_;
  std::size_t next_ = 0;
  ExampleCopies copies_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> done_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

}  // namespace

ExportCall with_other_inputs(const ExportCall& call, const std::vector<LeafSizes>& sizes,
                             bool other_data) {
  OtherInputs inputs(sizes, other_data);
  ExportCall other = call;
  for (Value& arg : other.args) arg = inputs.of(arg);
  for (auto& [name, arg] : other.kwargs) arg = inputs.of(arg);
  return other;
}

}  // namespace roundtrip
