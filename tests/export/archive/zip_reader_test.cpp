#include "export/archive/zip_reader.h"

#include <doctest/doctest.h>

#include "export/archive/zip_format.h"
#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::contains;

namespace {

/// A zip of two records, to be damaged.
Bytes small_zip() {
  return test::zip_of({{"first", "0123456789"}, {"second", "abcdef"}});
}

std::string zip_error(const Bytes& bytes) {
  return test::archive_error([&] { test::open_zip(bytes).check_crcs(); });
}

/// Where the n-th header of that kind stands.
std::size_t find_header(const Bytes& bytes, std::uint32_t id, int n = 0) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at)
    if (zip::load<std::uint32_t>(bytes.data() + at) == id && n-- == 0) return at;
  FAIL("no such header");
  return 0;
}

template <typename T>
Bytes patched(Bytes bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return bytes;
}

template <typename T>
Bytes patched_central(int entry, std::size_t field, T value) {
  Bytes bytes = small_zip();
  return patched(bytes, find_header(bytes, zip::kCentralHeaderId, entry) + field, value);
}

/// Replaces a text of the same length everywhere.
Bytes renamed(std::string_view from, std::string_view to) {
  Bytes bytes = small_zip();
  for (auto at = bytes.begin();;) {
    at = std::search(at, bytes.end(), from.begin(), from.end());
    if (at == bytes.end()) return bytes;
    at = std::copy(to.begin(), to.end(), at);
  }
}

}  // namespace

TEST_CASE("records are served in place, by name, without the root folder") {
  Bytes bytes = small_zip();
  ZipReader zip = test::open_zip(bytes);
  CHECK(zip.get("first").view() == "0123456789");
  CHECK(zip.get("second").view() == "abcdef");
  CHECK(zip.find("third") == nullptr);
  CHECK_THROWS_WITH_AS(zip.get("third"), "record 'third': it is missing from the archive",
                       ArchiveError);
  CHECK_NOTHROW(zip.check_crcs());
}

TEST_CASE("what is no zip file is refused") {
  CHECK(contains(zip_error({}), "not a zip file, or it is truncated"));
  CHECK(contains(zip_error({'P', 'K'}), "not a zip file"));
  CHECK(contains(zip_error(Bytes(100'000, 'x')), "not a zip file"));
}

TEST_CASE("every truncation is noticed") {
  Bytes bytes = small_zip();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(zip_error(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size))) != "");
}

TEST_CASE("bytes after the archive are ignored, as in Python") {
  Bytes bytes = small_zip();
  bytes.resize(bytes.size() + 1000, 'j');
  CHECK(zip_error(bytes) == "");
}

TEST_CASE("a flipped byte of data breaks the CRC") {
  Bytes bytes = small_zip();
  auto data = std::find(bytes.begin(), bytes.end(), '5');
  *data = '6';
  CHECK(zip_error(bytes) == "record 'first': its bytes do not match its CRC; the file is damaged");
}

TEST_CASE("a directory that lies is refused") {
  auto wide = std::uint32_t{0x7fffffff};
  CHECK(contains(zip_error(patched_central(0, 8, std::uint16_t{0x0809})), "encrypted"));
  CHECK(contains(zip_error(patched_central(0, 10, std::uint16_t{8})), "compressed"));
  CHECK(contains(zip_error(patched_central(0, 24, wide)), "two sizes differ"));
  CHECK(contains(zip_error(patched_central(1, 42, wide)), "local header lies outside"));
  CHECK(contains(zip_error(patched_central(1, 42, 7)), "local header is damaged"));
  CHECK(contains(zip_error(patched_central(1, 42, 0)), "bears another name"));
  CHECK(contains(zip_error(patched_central(0, 28, std::uint16_t{0xffff})), "lies outside"));
  CHECK(contains(zip_error(patched_central(0, 0, 1)), "directory is damaged"));

  Bytes big = patched_central(0, 20, wide);
  big = patched(big, find_header(big, zip::kCentralHeaderId) + 24, wide);
  CHECK(contains(zip_error(big), "record 'first': it does not fit into the archive"));

  Bytes over = patched_central(0, 20, 100);
  over = patched(over, find_header(over, zip::kCentralHeaderId) + 24, 100);
  CHECK(contains(zip_error(over), "record 'second': it overlaps record 'first'"));
}

TEST_CASE("flags, versions and disks that Python refuses are refused") {
  CHECK(contains(zip_error(patched_central(0, 8, std::uint16_t{0x0828})), "patched data"));
  CHECK(contains(zip_error(patched_central(0, 8, std::uint16_t{0x0848})), "encrypted"));
  CHECK(contains(zip_error(patched_central(0, 8, std::uint16_t{0x2808})), "encrypted"));
  CHECK(contains(zip_error(patched_central(0, 6, std::uint16_t{64})), "needs zip version 6.4"));
  CHECK(contains(zip_error(patched_central(0, 34, std::uint16_t{1})), "another disk"));
  const auto split = [](std::uint32_t header, std::size_t field, std::uint32_t value) {
    Bytes bytes = small_zip();
    return zip_error(patched(bytes, find_header(bytes, header) + field, value));
  };
  CHECK(contains(split(zip::kLocator64Id, 4, 1), "split over several disks"));
  CHECK(contains(split(zip::kLocator64Id, 16, 2), "split over several disks"));
  CHECK(contains(split(zip::kEnd64Id, 16, 1), "split over several disks"));
  CHECK(contains(split(zip::kEnd64Id, 20, 1), "split over several disks"));
}

TEST_CASE("control characters of a record's name are spelled out in errors") {
  Bytes bytes = renamed("second", "s\x1b[2\nd");
  CHECK(zip_error(bytes) == "");
  const std::string_view data = "abcdef";
  *std::search(bytes.begin(), bytes.end(), data.begin(), data.end()) = 'x';
  CHECK(contains(zip_error(bytes), "record 's\\x1b[2\\nd': its bytes do not match its CRC"));
}

TEST_CASE("zip64 fields without their extra field are refused") {
  Bytes bytes = patched_central(0, 20, zip::kIn64);
  bytes = patched(bytes, find_header(bytes, zip::kCentralHeaderId) + 24, zip::kIn64);
  CHECK(contains(zip_error(bytes), "does not fit"));
}

TEST_CASE("an end record that lies is refused") {
  Bytes bytes = small_zip();
  std::size_t end = find_header(bytes, zip::kEnd64Id);
  CHECK(contains(zip_error(patched(bytes, end + 48, ~std::uint64_t{0})), "lies outside"));
  CHECK(contains(zip_error(patched(bytes, end + 40, ~std::uint64_t{0})), "lies outside"));
  CHECK(contains(zip_error(patched(bytes, end + 32, ~std::uint64_t{0})), "a directory entry"));
  CHECK(contains(zip_error(patched(bytes, end + 32, std::uint64_t{1})), "more entries"));
  CHECK(contains(
      zip_error(patched(bytes, find_header(bytes, zip::kLocator64Id) + 8, ~std::uint64_t{0})),
      "zip64 end record"));
}

TEST_CASE("a local header that contradicts the directory is refused") {
  Bytes bytes = small_zip();
  CHECK(contains(zip_error(patched(bytes, 8, std::uint16_t{8})), "contradicts"));
  CHECK(contains(zip_error(patched(bytes, 30, 'z')), "another name"));
  CHECK(contains(zip_error(patched(bytes, 28, std::uint16_t{0xffff})), "does not fit"));
}

TEST_CASE("names must be plain, unique and under one root") {
  CHECK(contains(zip_error(renamed("archive/second", "archive/a/../b")), "plain relative path"));
  CHECK(contains(zip_error(renamed("archive/second", "archive//econd")), "plain relative path"));
  CHECK(contains(zip_error(renamed("archive/second", "another/second")), "root folder 'archive/'"));
  Bytes twice = test::zip_of({{"ab", "x"}, {"cd", "y"}});
  for (std::size_t i = 0; i + 1 < twice.size(); ++i)
    if (twice[i] == 'c' && twice[i + 1] == 'd') twice[i] = 'a', twice[i + 1] = 'b';
  CHECK(zip_error(twice) == "record 'ab': it occurs twice");
}
