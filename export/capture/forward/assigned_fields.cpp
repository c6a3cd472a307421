#include "export/capture/forward/assigned_fields.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <unordered_set>

#include "export/capture/inputs/example_copies.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

/// The memory of tensors, by which others are known to share it.
class Storages {
 public:
  void add(const at::Tensor& tensor) {
    if (tensor.has_storage()) storages_.insert(tensor.storage().unsafeGetStorageImpl());
  }
  bool hold(const at::Tensor& tensor) const {
    const at::Tensor concrete = concrete_of(tensor);
    return concrete.defined() && concrete.has_storage() &&
           storages_.count(concrete.storage().unsafeGetStorageImpl()) > 0;
  }

 private:
  std::unordered_set<const c10::StorageImpl*> storages_;
};

bool fits(const at::Tensor& buffer, const at::Tensor& value) {
  if (!value.defined() || value.scalar_type() != buffer.scalar_type() ||
      value.device() != buffer.device() || value.dim() != buffer.dim()) {
    return false;
  }
  const std::vector<c10::SymInt> sizes = sizes_of(value);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i].maybe_as_int() != buffer.sizes()[i]) return false;
  }
  return true;
}

}  // namespace

AssignedFields::AssignedFields(const ModuleState& state) {
  for (const auto& [name, member] : state.fields) {
    fields_.push_back({name, member, *member, state.buffers.find(name) != nullptr});
  }
}

Value AssignedFields::record(Recorder& recorder, const Value& result) {
  Storages written;
  std::vector<std::pair<std::string, at::Tensor>> values;
  for (const Field& field : fields_) {
    if (field.member->is_same(field.before)) continue;
    if (!field.is_buffer) {
      unrecorded_.push_back(field.name);
      continue;
    }
    if (!fits(field.before, *field.member)) {
      throw CaptureError("forward assigns to the buffer '" + field.name +
                         "' a value of another shape or type, which a program cannot: a buffer "
                         "stays as it was when the model was made");
    }
    written.add(field.before);
    values.emplace_back(field.name, *field.member);
  }
  const auto kept = [&](const at::Tensor& tensor) {
    return written.hold(tensor) ? tensor.clone() : tensor;
  };
  Value copied = map_leaves(result, [&](const Value& leaf) -> Value {
    return leaf.is_tensor() ? Value(kept(leaf.tensor())) : leaf;
  });
  for (auto& [name, value] : values) value = kept(value);
  for (const auto& [name, value] : values) recorder.write_back(name, value);
  return copied;
}

void AssignedFields::restore() {
  for (const Field& field : fields_) *field.member = field.before;
}

}  // namespace roundtrip
