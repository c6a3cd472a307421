#include "tests/fuzz/files/records.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/istream_adapter.h>

#include <memory>
#include <sstream>

namespace roundtrip::fuzz {

namespace serialize = caffe2::serialize;

namespace {

bool is_writers_own(const std::string& name) {
  return name == "version" || name == "byteorder" || name.starts_with(".data/");
}

}  // namespace

Records records_of(const std::string& bytes) {
  std::istringstream stream(bytes);
  serialize::PyTorchStreamReader reader(&stream);
  Records records;
  for (const std::string& name : reader.getAllRecords()) {
    if (is_writers_own(name)) continue;
    const auto [data, size] = reader.getRecord(name);
    records.emplace_back(name, std::string(static_cast<const char*>(data.get()), size));
  }
  return records;
}

std::string zip_of(const Records& records) {
  std::string bytes;
  serialize::PyTorchStreamWriter writer([&](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  for (const auto& [name, text] : records) writer.writeRecord(name, text.data(), text.size());
  writer.writeEndOfFile();
  return bytes;
}

}  // namespace roundtrip::fuzz
