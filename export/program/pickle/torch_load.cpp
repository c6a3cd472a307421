#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <roundtrip/error.h>
#include <roundtrip/torch_save.h>

#include <algorithm>
#include <cstring>

#include "export/program/pickle/pickled_view.h"
#include "export/program/pickle/unpickler.h"
#include "export/program/python/text.h"
#include "export/program/storage_types.h"

namespace roundtrip {

namespace {

using namespace pickle;

constexpr int kMaxPickleDepth = 100;
/// A few hundred bytes of pickle can name a list of 2^60 items by repetition.
constexpr std::size_t kMaxItems = 1 << 20;

/// The zip file in memory, as the reader of LibTorch wants it.
class MemoryAdapter final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MemoryAdapter(std::string_view bytes) : bytes_(bytes) {}

  std::size_t size() const override { return bytes_.size(); }

  std::size_t read(std::uint64_t position, void* buffer, std::size_t count,
                   const char*) const override {
    if (position >= bytes_.size()) return 0;
    count = std::min(count, bytes_.size() - static_cast<std::size_t>(position));
    std::memcpy(buffer, bytes_.data() + position, count);
    return count;
  }

 private:
  std::string_view bytes_;
};

// ---- storages -------------------------------------------------------------

/// The storages of one file, each read once: tensors keep sharing them.
class StorageReader {
 public:
  StorageReader(caffe2::serialize::PyTorchStreamReader& zip, bool map_to_cpu)
      : zip_(zip), map_to_cpu_(map_to_cpu) {}

  /// Of ("storage", class, key, location, number of elements).
  Object load(const Objects& id) {
    if (id.size() != 5) damaged("a storage's id has five parts");
    const auto& class_name = as<Global>(id[1]).name;
    auto dtype = dtype_from_storage_class(class_name);
    bool untyped = class_name == "torch.storage.UntypedStorage";
    if (!dtype && !untyped) damaged("'" + class_name + "' is no storage class");
    const auto& location = as<std::string>(id[3]);
    if (location != "cpu" && !map_to_cpu_) {
      throw UnsupportedError("it holds a tensor on device " + location + "; only cpu is read");
    }
    return {Storage{read(as<std::string>(id[2])), dtype.value_or(c10::ScalarType::Byte)}};
  }

 private:
  c10::Storage read(const std::string& key) {
    auto found = storages_.find(key);
    if (found != storages_.end()) return found->second;
    auto [data, size] = zip_.getRecord("data/" + key);
    c10::Storage storage(c10::Storage::use_byte_size_t(), size, std::move(data), nullptr, false);
    storages_.emplace(key, storage);
    return storage;
  }

  caffe2::serialize::PyTorchStreamReader& zip_;
  bool map_to_cpu_;
  std::unordered_map<std::string, c10::Storage> storages_;
};

// ---- tensors --------------------------------------------------------------

bool flag(const Dict& metadata, const char* name) {
  for (const auto& [key, value] : metadata.entries) {
    if (as<std::string>(key) == name) return as<bool>(value);
  }
  return false;
}

at::Tensor rebuild_tensor(const Objects& arguments, c10::ScalarType dtype,
                          const ObjectPtr* metadata) {
  const auto& storage = as<Storage>(arguments[0]).storage;
  auto view = read_view(arguments, storage.nbytes() / c10::elementSize(dtype));
  auto tensor =
      at::empty({0}, at::TensorOptions(dtype)).set_(storage, view.offset, view.sizes, view.strides);
  if (metadata && !std::holds_alternative<std::monostate>((*metadata)->data)) {
    const auto& flags = as<Dict>(*metadata);
    tensor._set_conj(flag(flags, "conj"));
    tensor._set_neg(flag(flags, "neg"));
  }
  return tensor.requires_grad_(as<bool>(arguments[4]));
}

Object rebuild_tensor_v2(const Objects& arguments) {
  if (arguments.size() != 6 && arguments.size() != 7) damaged("_rebuild_tensor_v2");
  auto dtype = as<Storage>(arguments[0]).dtype;
  return {rebuild_tensor(arguments, dtype, arguments.size() > 6 ? &arguments[6] : nullptr)};
}

Object rebuild_tensor_v3(const Objects& arguments) {
  if (arguments.size() != 7 && arguments.size() != 8) damaged("_rebuild_tensor_v3");
  auto dtype = dtype_from_name(as<Global>(arguments[6]).name);
  if (!dtype) damaged("an unknown dtype");
  return {rebuild_tensor(arguments, *dtype, arguments.size() > 7 ? &arguments[7] : nullptr)};
}

/// (dtype, sizes, strides, requires_grad)
Object rebuild_meta_tensor(const Objects& arguments) {
  if (arguments.size() != 4) damaged("_rebuild_meta_tensor_no_storage");
  const auto dtype = dtype_from_name(as<Global>(arguments[0]).name);
  if (!dtype) damaged("an unknown dtype");
  const PickledView layout = read_layout(arguments[1], arguments[2]);
  const at::Tensor tensor =
      at::empty_strided(layout.sizes, layout.strides, at::TensorOptions(*dtype).device(at::kMeta));
  return {tensor.requires_grad_(as<bool>(arguments[3]))};
}

Object rebuild_parameter(const Objects& arguments) {
  if (arguments.size() < 2) damaged("_rebuild_parameter");
  return {as<at::Tensor>(arguments[0]).detach().requires_grad_(as<bool>(arguments[1]))};
}

/// (function, type, arguments, state): a tensor with Python attributes, which are
/// dropped: `torch.export` itself leaves some on inputs. A subclass is refused.
Object rebuild_from_type(const Objects& arguments) {
  if (arguments.size() != 4) damaged("_rebuild_from_type_v2");
  if (as<Global>(arguments[1]).name != "torch.Tensor") damaged("a tensor's type");
  const auto& inner = as<Sequence>(arguments[2]).items;
  const auto& function = as<Global>(arguments[0]).name;
  if (function == "torch._utils._rebuild_tensor_v2") return rebuild_tensor_v2(inner);
  if (function == "torch._utils._rebuild_tensor_v3") return rebuild_tensor_v3(inner);
  throw UnsupportedError("it holds a tensor that is rebuilt by '" + function + "'");
}

// ---- containers and numbers -----------------------------------------------

Object make_complex(const Objects& arguments) {
  if (arguments.size() != 2) damaged("complex");
  return {std::complex<double>(as<double>(arguments[0]), as<double>(arguments[1]))};
}

Object make_size(const Objects& arguments) {
  if (arguments.size() != 1) damaged("torch.Size");
  return {Sequence{"torch.Size", "null", as<Sequence>(arguments[0]).items}};
}

Object make_ordered_dict(const Objects& arguments) {
  if (!arguments.empty()) damaged("OrderedDict");
  return {Dict{"collections.OrderedDict", "null", {}}};
}

Object make_default_dict(const Objects& arguments) {
  if (arguments.size() != 1) damaged("defaultdict");
  const auto& factory = as<Global>(arguments[0]).name;
  auto dot = factory.rfind('.');
  std::string context = "[";
  context += json_quote(factory.substr(0, dot));
  context += ", ";
  context += json_quote(factory.substr(dot + 1));
  context += "]";
  return {Dict{"collections.defaultdict", context, {}}};
}

Object make_deque(const Objects& arguments) {
  if (arguments.empty() || arguments.size() > 2) damaged("deque");
  Sequence deque{"collections.deque", "null", as<Sequence>(arguments[0]).items};
  if (arguments.size() > 1) deque.context = std::to_string(as<std::int64_t>(arguments[1]));
  return {deque};
}

bool is_known_name(const std::string& name) {
  static const std::array<std::string_view, 7> kOthers{"torch.storage.UntypedStorage",
                                                       "torch.Tensor",
                                                       "builtins.list",
                                                       "builtins.dict",
                                                       "builtins.int",
                                                       "builtins.float",
                                                       "builtins.tuple"};
  return dtype_from_storage_class(name) || dtype_from_name(name) ||
         std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

Environment make_environment(StorageReader& storages) {
  Environment environment;
  environment.constructors = {
      {"torch._utils._rebuild_tensor_v2", rebuild_tensor_v2},
      {"torch._utils._rebuild_tensor_v3", rebuild_tensor_v3},
      {"torch._utils._rebuild_meta_tensor_no_storage", rebuild_meta_tensor},
      {"torch._utils._rebuild_parameter", rebuild_parameter},
      {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
      {"builtins.complex", make_complex},
      {"torch.Size", make_size},
      {"collections.OrderedDict", make_ordered_dict},
      {"collections.defaultdict", make_default_dict},
      {"collections.deque", make_deque},
  };
  environment.is_known_name = is_known_name;
  environment.passes_foreign = true;
  environment.persistent_load = [&](const Objects& id) { return storages.load(id); };
  return environment;
}

// ---- objects to values ----------------------------------------------------

class Converter {
 public:
  Value convert(const Object& object, int depth = 0) {
    if (depth > kMaxPickleDepth || ++items_ > kMaxItems) damaged("it nests without end");
    return std::visit([&](const auto& held) { return convert_held(held, depth); }, object.data);
  }

 private:
  template <typename T>
  Value convert_held(const T& held, int) {
    return Value(held);
  }
  Value convert_held(std::monostate, int) { return {}; }
  Value convert_held(const Global& global, int) {
    throw UnsupportedError("it holds '" + global.name + "' as a value");
  }
  Value convert_held(const Foreign& foreign, int) { refuse_foreign(foreign.name); }
  Value convert_held(const Storage&, int) { throw UnsupportedError("it holds a bare storage"); }

  Value convert_held(const Sequence& sequence, int depth) {
    Container container{sequence.type, sequence.context, {}, {}};
    for (const auto& item : sequence.items) container.items.push_back(convert(*item, depth + 1));
    return container;
  }

  Value convert_held(const Dict& dict, int depth) {
    Container container{dict.type, dict.context, {}, {}};
    for (const auto& [key, value] : dict.entries) {
      container.keys.push_back(convert(*key, depth + 1));
      container.items.push_back(convert(*value, depth + 1));
    }
    return container;
  }

  std::size_t items_ = 0;
};

Value load_value(std::string_view bytes, bool map_to_cpu) {
  caffe2::serialize::PyTorchStreamReader zip(std::make_shared<MemoryAdapter>(bytes));
  auto text_of = [&](const std::string& record) {
    auto [data, size] = zip.getRecord(record);
    return std::string(static_cast<const char*>(data.get()), size);
  };
  if (zip.hasRecord("byteorder") && text_of("byteorder") != "little") {
    throw UnsupportedError("it was written on a big-endian machine");
  }
  StorageReader storages(zip, map_to_cpu);
  auto environment = make_environment(storages);
  return Converter().convert(*unpickle(text_of("data.pkl"), environment));
}

}  // namespace

Value torch_load(std::string_view bytes, bool map_to_cpu) try {
  return load_value(bytes, map_to_cpu);
} catch (const c10::Error& error) {
  throw ArchiveError("", error.what_without_backtrace());
}

}  // namespace roundtrip
