#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <roundtrip/error.h>
#include <roundtrip/torch_save.h>

#include <bit>
#include <limits>
#include <unordered_map>

#include "export/program/storage_types.h"
#include "export/program/tensor_copies.h"

namespace roundtrip {

namespace {

/// Writes the pickle text and remembers the storages it refers to.
class Pickler {
 public:
  Pickler() { text_ = "\x80\x02"; }

  void write(const Value& value);

  std::string finish() { return std::move(text_) + "."; }
  const std::vector<c10::Storage>& storages() const { return storages_; }

 private:
  void write_int(std::int64_t value);
  void write_double(double value);
  void write_string(const std::string& text);
  void write_container(const Container& container);
  void write_items(const Values& items);
  void write_entries(const Container& dict);
  void write_tensor(const at::Tensor& tensor);
  void write_new_tensor(at::Tensor tensor);
  void write_meta_tensor(const at::Tensor& tensor, bool requires_grad);
  void write_dtype(at::ScalarType type);
  void write_storage(const at::Tensor& tensor, const std::optional<std::string>& class_name);
  void write_sizes(at::IntArrayRef sizes);
  void write_bool(bool value) { text_ += value ? '\x88' : '\x89'; }
  void write_global(const std::string& name);

  /// The bytes of a number, little-endian as the machines LibTorch runs on.
  template <typename T>
  void write_raw(T number) {
    text_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }

  std::string text_;
  std::vector<c10::Storage> storages_;
  std::unordered_map<const void*, std::size_t> storage_keys_;
  std::unordered_map<const c10::TensorImpl*, std::uint32_t> tensors_;  ///< places in the memo
};

void Pickler::write(const Value& value) {
  if (value.is_none()) {
    text_ += 'N';
  } else if (value.is_tensor()) {
    write_tensor(value.tensor());
  } else if (value.is_bool()) {
    write_bool(value.to_bool());
  } else if (value.is_int()) {
    write_int(value.to_int());
  } else if (value.is_double()) {
    write_double(value.to_double());
  } else if (value.is_complex()) {
    write_global("__builtin__\ncomplex");
    write_double(value.to_complex().real());
    write_double(value.to_complex().imag());
    text_ += "\x86R";  // a tuple of two, the call
  } else if (value.is_string()) {
    write_string(value.string());
  } else {
    write_container(value.container());
  }
}

void Pickler::write_int(std::int64_t value) {
  if (value >= std::numeric_limits<std::int32_t>::min() &&
      value <= std::numeric_limits<std::int32_t>::max()) {
    text_ += 'J';
    write_raw(static_cast<std::int32_t>(value));
  } else {
    text_ += "\x8a\x08";
    write_raw(value);
  }
}

void Pickler::write_double(double value) {
  text_ += 'G';
  write_raw(__builtin_bswap64(std::bit_cast<std::uint64_t>(value)));
}

void Pickler::write_string(const std::string& text) {
  text_ += 'X';
  write_raw(static_cast<std::uint32_t>(text.size()));
  text_ += text;
}

void Pickler::write_global(const std::string& name) {
  text_ += 'c' + name + '\n';
}

void Pickler::write_items(const Values& items) {
  text_ += '(';
  for (const auto& item : items) write(item);
}

void Pickler::write_entries(const Container& dict) {
  text_ += '(';
  for (std::size_t i = 0; i < dict.items.size(); ++i) {
    write(dict.keys.at(i));
    write(dict.items[i]);
  }
  text_ += 'u';
}

void Pickler::write_container(const Container& container) {
  if (container.type == "builtins.tuple") {
    write_items(container.items);
    text_ += 't';
  } else if (container.type == "builtins.list") {
    text_ += ']';
    write_items(container.items);
    text_ += 'e';
  } else if (container.type == "torch.Size") {
    write_global("torch\nSize");
    write_items(container.items);
    text_ += "t\x85R";
  } else if (container.type == "builtins.dict") {
    text_ += '}';
    write_entries(container);
  } else if (container.type == "collections.OrderedDict") {
    write_global("collections\nOrderedDict");
    text_ += ")R";
    write_entries(container);
  } else {
    throw UnsupportedError("a " + container.type + " cannot be written as plain data");
  }
}

void Pickler::write_sizes(at::IntArrayRef sizes) {
  text_ += '(';
  for (auto size : sizes) write_int(size);
  text_ += 't';
}

void Pickler::write_storage(const at::Tensor& tensor,
                            const std::optional<std::string>& class_name) {
  auto storage = tensor.storage();
  if (storage.nbytes() != 0 && !storage.data()) {
    throw UnsupportedError("a tensor whose storage holds no data cannot be written");
  }
  auto [entry, is_new] = storage_keys_.emplace(storage.unsafeGetStorageImpl(), storages_.size());
  if (is_new) storages_.push_back(storage);
  auto elements = storage.nbytes() / (class_name ? tensor.element_size() : 1);
  text_ += '(';
  write_string("storage");
  auto name = class_name.value_or("torch.storage.UntypedStorage");
  name[name.rfind('.')] = '\n';
  write_global(name);
  write_string(std::to_string(entry->second));
  write_string("cpu");
  write_int(static_cast<std::int64_t>(elements));
  text_ += "tQ";
}

/// A tensor that was written before is referred to: it is read as one object.
void Pickler::write_tensor(const at::Tensor& tensor) {
  const auto place = static_cast<std::uint32_t>(tensors_.size());
  const auto [entry, is_new] = tensors_.emplace(tensor.unsafeGetTensorImpl(), place);
  if (is_new) write_new_tensor(tensor);
  text_ += is_new ? 'r' : 'j';
  write_raw(entry->second);
}

/// Of a tensor on the meta device there is nothing but sizes and strides.
void Pickler::write_meta_tensor(const at::Tensor& tensor, bool requires_grad) {
  write_global("torch._utils\n_rebuild_meta_tensor_no_storage");
  text_ += '(';
  write_dtype(tensor.scalar_type());
  write_sizes(tensor.sizes());
  write_sizes(tensor.strides());
  write_bool(requires_grad);
  text_ += "tR";
}

void Pickler::write_dtype(at::ScalarType type) {
  auto dtype = dtype_name(type);
  dtype[dtype.find('.')] = '\n';
  write_global(dtype);
}

void Pickler::write_new_tensor(at::Tensor tensor) {
  bool requires_grad = tensor.requires_grad();
  tensor = tensor.detach();
  if (tensor.is_meta()) return write_meta_tensor(tensor, requires_grad);
  if (tensor.layout() != at::kStrided || tensor.is_quantized()) {
    throw UnsupportedError("a tensor without a dense storage cannot be written: " +
                           tensor.toString());
  }
  tensor = with_memory(tensor).cpu().resolve_conj().resolve_neg();
  auto class_name = storage_class_name(tensor.scalar_type());
  write_global(class_name ? "torch._utils\n_rebuild_tensor_v2"
                          : "torch._utils\n_rebuild_tensor_v3");
  text_ += '(';
  write_storage(tensor, class_name);
  write_int(tensor.storage_offset());
  write_sizes(tensor.sizes());
  write_sizes(tensor.strides());
  write_bool(requires_grad);
  write_global("collections\nOrderedDict");
  text_ += ")R";  // no hooks
  if (!class_name) write_dtype(tensor.scalar_type());
  text_ += "tR";
}

Bytes write_zip(const std::string& pickle, const std::vector<c10::Storage>& storages) {
  Bytes bytes;
  auto append = [&](const void* data, std::size_t size) {
    auto* start = static_cast<const char*>(data);
    bytes.insert(bytes.end(), start, start + size);
    return size;
  };
  caffe2::serialize::PyTorchStreamWriter zip(append);
  zip.writeRecord("data.pkl", pickle.data(), pickle.size());
  zip.writeRecord("byteorder", "little", 6);
  for (std::size_t i = 0; i < storages.size(); ++i) {
    zip.writeRecord("data/" + std::to_string(i), storages[i].data(), storages[i].nbytes());
  }
  zip.writeEndOfFile();
  return bytes;
}

}  // namespace

Bytes torch_save(const Value& value) try {
  Pickler pickler;
  pickler.write(value);
  return write_zip(pickler.finish(), pickler.storages());
} catch (const c10::Error& error) {
  throw ArchiveError("", error.what_without_backtrace());
}

}  // namespace roundtrip
