#include "export/archive/zip_writer.h"

#include <caffe2/serialize/inline_container.h>
#include <doctest/doctest.h>

#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::Records;

namespace {

Bytes pytorch_zip(const Records& records) {
  Bytes bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, std::size_t size) {
    auto begin = static_cast<const char*>(data);
    bytes.insert(bytes.end(), begin, begin + size);
    return size;
  });
  writer.setMinVersion(6);
  for (const auto& [name, text] : records) writer.writeRecord(name, text.data(), text.size());
  writer.writeEndOfFile();
  return bytes;
}

}  // namespace

TEST_CASE("an archive is byte for byte what PyTorch's writer makes") {
  Records records{{"data/weights/weight_0", std::string(1'000'000, 'w')},
                  {"data/weights/weight_1", ""},
                  {"models/model.json", "{}"},
                  {"extra/\u00e9", std::string(262'144, 'e')},
                  {"archive_format", "pt2"}};
  for (int size = 0; size < 130; ++size)
    records.emplace_back(
        "pad/" + std::string(static_cast<std::size_t>(size % 70) + 1, 'n') + std::to_string(size),
        std::string(static_cast<std::size_t>(size), 'x'));
  CHECK(test::zip_of(records) == pytorch_zip(records));
}

TEST_CASE("names that the reader would refuse are not written") {
  for (const char* name : {"", "/abs", "a//b", "../up", "a/../b", "dir/", "."}) {
    CAPTURE(name);
    CHECK_THROWS_AS(test::zip_of({{name, "x"}}), ArchiveError);
  }
  CHECK_THROWS_AS(test::zip_of({{"a", "x"}, {"a", "y"}}), ArchiveError);
  CHECK_THROWS_AS(test::zip_of({{std::string(70'000, 'n'), "x"}}), ArchiveError);
  MemoryOutput output(0);
  CHECK_THROWS_AS(ZipWriter(output, "a/b"), ArchiveError);
}
