#include "export/archive/payload_writer.h"

#include <c10/core/impl/COW.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>
#include <utility>

#include "export/archive/schema_enums.h"
#include "export/program/absent_data.h"

namespace roundtrip {
namespace {

using record_names::PayloadFolder;

void check_tensor(const std::string& name, const at::Tensor& tensor) {
  auto fail = [&](const std::string& what) {
    throw ArchiveError("", "cannot save tensor '" + name + "': " + what);
  };
  if (!tensor.defined()) fail("it is undefined");
  if (tensor.layout() != c10::Layout::Strided)
    fail(c10::str("the format holds no tensors of layout ", tensor.layout()));
  if (tensor.is_quantized()) fail("the format holds no quantized tensors");
  if (!enum_to_schema(tensor.scalar_type()))
    fail(c10::str("the format has no dtype ", tensor.scalar_type()));
  if (tensor.is_meta()) return;
  if (!tensor.device().is_cpu())
    fail(c10::str("it is on device ", tensor.device(), "; move it to the cpu first"));
  if (!tensor.has_storage()) fail("it has no storage");
  if (tensor.storage().nbytes() != 0 && !tensor.storage().data()) fail("its storage holds no data");
  if (tensor.is_conj() || tensor.is_neg())
    fail(
        "its conjugate or negative bit would be lost; save what resolve_conj() and "
        "resolve_neg() return");
}

std::vector<SymInt> to_schema(c10::IntArrayRef numbers) {
  return {numbers.begin(), numbers.end()};
}

TensorMeta meta_of(const at::Tensor& tensor, c10::Device device) {
  return {.dtype = tensor.scalar_type(),
          .sizes = to_schema(tensor.sizes()),
          .requires_grad = tensor.requires_grad(),
          .device = device,
          .strides = to_schema(tensor.strides()),
          .storage_offset = tensor.storage_offset(),
          .layout = tensor.layout()};
}

/// Tensors with equal keys share a record. Storages that hold no bytes are all
/// alike; storages that share their bytes only until one is written to are not.
std::pair<const void*, c10::ScalarType> group_key(const at::Tensor& tensor) {
  if (tensor.is_meta()) return {nullptr, tensor.scalar_type()};
  const c10::StorageImpl* storage = tensor.storage().unsafeGetStorageImpl();
  bool copy_on_write = c10::impl::cow::is_cow_data_ptr(storage->data_ptr());
  return {copy_on_write ? storage : storage->data(), tensor.scalar_type()};
}

/// A record is the whole storage, however little of it the tensors use; nothing, if they
/// have no data.
RawBytes storage_bytes(const at::Tensor& tensor) {
  const c10::Storage& storage = tensor.storage();
  if (tensor.is_meta() || is_absent(storage)) return {};
  return {.view = {static_cast<const char*>(storage.data()), storage.nbytes()}, .owner = nullptr};
}

/// Numbers the records of one folder and notes what is in them.
class PayloadPlanner {
 public:
  PayloadPlanner(const PayloadFolder& folder, std::vector<PlannedRecord>& records)
      : folder_(folder), records_(records) {}

  void add_raw(const std::string& name, const Payload& payload) {
    const auto& bytes = std::get<RawBytes>(payload.data);
    config_.config.insert(name, PayloadMeta{.path_name = add_record(payload.raw_prefix, bytes),
                                            .is_param = payload.is_param,
                                            .use_pickle = true,
                                            .tensor_meta = payload.raw_meta});
  }

  /// All of them lie on one storage.
  void add_tensors(const std::vector<const OrderedMap<Payload>::Item*>& items) {
    auto tensor_of = [](const auto* item) -> const at::Tensor& {
      return std::get<at::Tensor>(item->value().data);
    };
    std::string path =
        add_record(std::string(folder_.tensor_prefix), storage_bytes(tensor_of(items.front())));
    for (const auto* item : items)
      config_.config.insert(
          item->key(),
          PayloadMeta{.path_name = path,
                      .is_param = item->value().is_param,
                      .use_pickle = false,
                      .tensor_meta = meta_of(tensor_of(item), item->value().device.value_or(
                                                                  tensor_of(item).device()))});
  }

  PayloadConfig take() { return std::move(config_); }

 private:
  std::string add_record(const std::string& prefix, RawBytes bytes) {
    auto [count, is_new] = counts_.emplace(prefix, 0);
    if (is_new) count->second = records_so_far(c10::str(folder_.path, prefix));
    std::string path = c10::str(prefix, count->second++);
    records_.push_back({c10::str(folder_.path, path), std::move(bytes)});
    return path;
  }

  /// Numbers go on over the models of an archive; as in Python, any record counts whose name
  /// begins so.
  int records_so_far(const std::string& prefix) const {
    return static_cast<int>(std::count_if(
        records_.begin(), records_.end(),
        [&](const PlannedRecord& record) { return record.name.starts_with(prefix); }));
  }

  const PayloadFolder& folder_;
  std::vector<PlannedRecord>& records_;
  std::map<std::string, int> counts_;  ///< records so far, by prefix
  PayloadConfig config_;
};

/// Tensors by storage, in the order in which each storage first appears.
std::vector<std::vector<const OrderedMap<Payload>::Item*>> group_tensors(
    const OrderedMap<Payload>& payloads) {
  std::vector<std::vector<const OrderedMap<Payload>::Item*>> groups;
  std::map<std::pair<const void*, c10::ScalarType>, std::size_t> index;
  for (const auto& item : payloads) {
    const auto* tensor = std::get_if<at::Tensor>(&item.value().data);
    if (!tensor) continue;
    check_tensor(item.key(), *tensor);
    auto [found, is_new] = index.emplace(group_key(*tensor), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(&item);
  }
  return groups;
}

}  // namespace

PayloadConfig plan_payloads(const OrderedMap<Payload>& payloads, const PayloadFolder& folder,
                            std::vector<PlannedRecord>& records) {
  PayloadPlanner planner(folder, records);
  auto is_raw = [](const Payload& payload) {
    return std::holds_alternative<RawBytes>(payload.data);
  };
  auto is_pickled_tensor = [&](const Payload& payload) {
    return is_raw(payload) && payload.raw_prefix == folder.tensor_prefix;
  };
  for (const auto& item : payloads)
    if (is_pickled_tensor(item.value())) planner.add_raw(item.key(), item.value());
  for (const auto& group : group_tensors(payloads)) planner.add_tensors(group);
  for (const auto& item : payloads)
    if (is_raw(item.value()) && !is_pickled_tensor(item.value()))
      planner.add_raw(item.key(), item.value());
  return planner.take();
}

}  // namespace roundtrip
