#include "export/archive/payload_reader.h"

#include <c10/core/Storage.h>
#include <c10/core/TensorImpl.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "export/program/absent_data.h"

namespace roundtrip {
namespace {

using record_names::PayloadFolder;

/// How a tensor lies in its storage, in elements.
struct Strided {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t offset;
};

/// Turns the entries of one folder into tensors. Entries that name the same
/// record share one storage.
class PayloadReader {
 public:
  PayloadReader(const ZipReader& zip, const PayloadFolder& folder) : zip_(zip), folder_(folder) {}

  /// A record of no bytes holds tensors without data, of which the largest decides how
  /// long their storage is. To be called for every entry before any is read.
  void prepare(const std::string& name, const PayloadMeta& meta) {
    start(name, meta);
    const ZipRecord* record = zip_.find(record_);
    if (!record || record->size != 0 || meta.use_pickle || !meta.tensor_meta) return;
    std::size_t& bytes = absent_[record_];
    bytes = std::max(bytes, bytes_needed(*meta.tensor_meta, strided_of(*meta.tensor_meta)));
  }

  Payload read(const std::string& name, const PayloadMeta& meta) {
    start(name, meta);
    std::string prefix = prefix_of(meta);
    if (meta.use_pickle || prefix != folder_.tensor_prefix)
      return {.data = zip_.raw_bytes(zip_.get(record_)),
              .is_param = meta.is_param,
              .raw_prefix = prefix,
              .raw_meta = meta.tensor_meta};
    Payload payload{
        .data = read_tensor(meta), .is_param = meta.is_param, .raw_prefix = "", .raw_meta = {}};
    if (!meta.tensor_meta->device.is_cpu()) payload.device = meta.tensor_meta->device;
    return payload;
  }

 private:
  struct Record {
    c10::Storage storage;
    c10::ScalarType dtype;
  };

  void start(const std::string& name, const PayloadMeta& meta) {
    name_ = &name;
    record_ = c10::str(folder_.path, meta.path_name);
  }

  std::string prefix_of(const PayloadMeta& meta) const {
    if (meta.path_name.starts_with(folder_.tensor_prefix))
      return std::string(folder_.tensor_prefix);
    for (std::string_view prefix : record_names::kObjectPrefixes)
      if (meta.path_name.starts_with(prefix)) return std::string(prefix);
    fail("its name tells no known kind of payload");
  }

  at::Tensor read_tensor(const PayloadMeta& payload) {
    if (!payload.tensor_meta) fail("the configuration has no tensor_meta for it");
    const TensorMeta& meta = *payload.tensor_meta;
    if (meta.layout != c10::Layout::Strided) fail("only strided tensors are supported");
    const Record& record = open_record(meta.dtype);
    Strided strided = check_bounds(meta, record);
    auto tensor = at::detail::make_tensor<c10::TensorImpl>(
        c10::Storage(record.storage), c10::DispatchKeySet(c10::DispatchKey::CPU),
        c10::scalarTypeToTypeMeta(meta.dtype));
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(strided.sizes, strided.strides,
                                                        strided.offset);
    if (meta.requires_grad) {
      if (!c10::isFloatingType(meta.dtype) && !c10::isComplexType(meta.dtype))
        fail(c10::str("a tensor of dtype ", meta.dtype, " cannot require gradients"));
      tensor.set_requires_grad(true);
    }
    return tensor;
  }

  const Record& open_record(c10::ScalarType dtype) {
    auto found = records_.find(record_);
    if (found == records_.end()) {
      const ZipRecord& record = zip_.get(record_);
      if (record.size % c10::elementSize(dtype) != 0)
        fail(c10::str("its size of ", record.size, " bytes is not a multiple of the element size ",
                      c10::elementSize(dtype)));
      c10::Storage storage =
          record.size == 0 ? absent_storage(absent_.at(record_)) : make_storage(record);
      found = records_.emplace(record_, Record{std::move(storage), dtype}).first;
    }
    if (found->second.dtype != dtype)
      fail(c10::str("it is used as ", dtype, " and as ", found->second.dtype));
    return found->second;
  }

  /// In place if aligned, as in every archive that PyTorch writes; else a copy.
  c10::Storage make_storage(const ZipRecord& record) const {
    constexpr std::uintptr_t kAlignment = alignof(std::max_align_t);
    c10::Allocator* allocator = c10::GetAllocator(c10::kCPU);
    c10::DataPtr data(nullptr, c10::kCPU);
    if (reinterpret_cast<std::uintptr_t>(record.data) % kAlignment != 0) {
      data = allocator->clone(record.data, record.size);
    } else {
      auto* owner = new std::shared_ptr<const void>(zip_.memory().owner);
      data = c10::DataPtr(
          record.data, owner,
          [](void* context) { delete static_cast<std::shared_ptr<const void>*>(context); },
          c10::kCPU);
    }
    return c10::Storage(c10::Storage::use_byte_size_t(), record.size, std::move(data), allocator,
                        /*resizable=*/false);
  }

  Strided strided_of(const TensorMeta& meta) const {
    Strided strided{plain(meta.sizes, "size"), plain(meta.strides, "stride"),
                    plain(meta.storage_offset, "storage offset")};
    if (strided.sizes.size() != strided.strides.size())
      fail("its configuration has another number of sizes than of strides");
    return strided;
  }

  /// Up to the last byte that the tensor uses; none if it has no elements.
  std::size_t bytes_needed(const TensorMeta& meta, const Strided& strided) const {
    bool overflow = false;
    bool empty = false;
    std::int64_t elements = 1;
    std::int64_t end = strided.offset;  // one past the last element used
    for (std::size_t i = 0; i < strided.sizes.size(); ++i) {
      std::int64_t span = 0;
      empty |= strided.sizes[i] == 0;
      overflow |= __builtin_mul_overflow(elements, strided.sizes[i], &elements);
      overflow |= __builtin_mul_overflow(strided.sizes[i] - 1, strided.strides[i], &span);
      overflow |= __builtin_add_overflow(end, span, &end);
    }
    overflow |= __builtin_add_overflow(end, 1, &end);
    auto item = static_cast<std::int64_t>(c10::elementSize(meta.dtype));
    overflow |= __builtin_mul_overflow(empty ? strided.offset : end, item, &end);
    if (overflow) fail("its sizes, strides and offset overflow");
    return empty ? 0 : static_cast<std::size_t>(end);
  }

  Strided check_bounds(const TensorMeta& meta, const Record& record) const {
    Strided strided = strided_of(meta);
    const std::size_t needed = bytes_needed(meta, strided);
    if (needed > record.storage.nbytes())
      fail(c10::str("it holds ", record.storage.nbytes(), " bytes, but the tensor's sizes ",
                    c10::IntArrayRef(strided.sizes), ", strides and offset need ", needed));
    return strided;
  }

  std::int64_t plain(const SymInt& value, const char* what) const {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!number || *number < 0)
      fail(c10::str("its configuration has a ", what, " that is symbolic or negative"));
    return *number;
  }

  std::vector<std::int64_t> plain(const std::vector<SymInt>& values, const char* what) const {
    std::vector<std::int64_t> numbers;
    for (const SymInt& value : values) numbers.push_back(plain(value, what));
    return numbers;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw ArchiveError(record_, c10::str("as '", *name_, "': ", reason));
  }

  const ZipReader& zip_;
  const PayloadFolder& folder_;
  const std::string* name_ = nullptr;  ///< the entry being read, for errors
  std::string record_;                 ///< and its record
  std::unordered_map<std::string, Record> records_;
  std::unordered_map<std::string, std::size_t> absent_;  ///< bytes that records of none stand for
};

}  // namespace

OrderedMap<Payload> read_payloads(const ZipReader& zip, const PayloadConfig& config,
                                  const PayloadFolder& folder) {
  PayloadReader reader(zip, folder);
  OrderedMap<Payload> payloads;
  payloads.reserve(config.config.size());
  for (const auto& item : config.config) reader.prepare(item.key(), item.value());
  for (const auto& item : config.config)
    payloads.insert(item.key(), reader.read(item.key(), item.value()));
  return payloads;
}

}  // namespace roundtrip
