#include "export/archive/zip_reader.h"

#include <c10/util/StringUtil.h>
#include <libdeflate.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/archive/record_names.h"
#include "export/archive/zip_format.h"
#include "export/archive/zip_names.h"
#include "support/plain_text.h"

namespace roundtrip {
namespace {

using std::uint16_t;
using std::uint32_t;
using std::uint64_t;

/// The archive's central directory: where it lies and how many entries it has.
struct Directory {
  uint64_t offset;
  uint64_t size;
  uint64_t entries;
};

/// A directory entry, its variable parts as views.
struct Entry {
  std::string_view name;
  std::string_view extra;
  uint16_t version;  ///< needed to read it
  uint16_t disk;
  uint16_t flags;
  uint16_t method;
  uint32_t crc;
  uint64_t compressed_size;
  uint64_t size;
  uint64_t header_offset;
};

/// A record and the stretch of the file that it occupies, header included.
struct Placed {
  ZipRecord record;
  uint64_t begin;
  uint64_t end;
};

[[noreturn]] void fail_archive(const std::string& reason) {
  throw ArchiveError("", "not a readable .pt2 archive: " + reason);
}

[[noreturn]] void fail_entry(std::string_view name, const std::string& reason) {
  throw ArchiveError(one_line(name), reason);  // extra files may have any name
}

/// `size` bytes at `offset`, or an error saying what is cut off.
std::string_view slice(std::string_view bytes, uint64_t offset, uint64_t size, const char* what) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    fail_archive(c10::str(what, " lies outside the file; it is truncated or damaged"));
  return bytes.substr(offset, size);
}

/// The end record stands last, followed only by a comment of at most 64 KiB.
uint64_t find_end_record(std::string_view file) {
  constexpr uint64_t kMaxComment = 0xffff;
  if (file.size() >= zip::kEndSize) {
    uint64_t last = file.size() - zip::kEndSize;
    uint64_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (uint64_t at = last + 1; at-- > first;)
      if (zip::load<uint32_t>(file.data() + at) == zip::kEndId) return at;
  }
  fail_archive("it is not a zip file, or it is truncated (no end record)");
}

/// Archives of several disks, which only the end records tell of.
void check_one_disk(bool is_one) {
  if (!is_one) fail_archive("it is split over several disks");
}

Directory read_directory64(std::string_view file, uint64_t locator_offset) {
  const char* locator = file.data() + locator_offset;
  check_one_disk(zip::load<uint32_t>(locator + 4) == 0 && zip::load<uint32_t>(locator + 16) <= 1);
  uint64_t offset = zip::load<uint64_t>(file.data() + locator_offset + 8);
  const char* end = slice(file, offset, zip::kEnd64Size, "the zip64 end record").data();
  if (zip::load<uint32_t>(end) != zip::kEnd64Id) fail_archive("its zip64 end record is damaged");
  check_one_disk(zip::load<uint32_t>(end + 16) == 0 && zip::load<uint32_t>(end + 20) == 0);
  return {.offset = zip::load<uint64_t>(end + 48),
          .size = zip::load<uint64_t>(end + 40),
          .entries = zip::load<uint64_t>(end + 32)};
}

Directory find_directory(std::string_view file) {
  uint64_t end_offset = find_end_record(file);
  if (end_offset >= zip::kLocator64Size) {
    uint64_t locator = end_offset - zip::kLocator64Size;
    if (zip::load<uint32_t>(file.data() + locator) == zip::kLocator64Id)
      return read_directory64(file, locator);
  }
  const char* end = file.data() + end_offset;
  check_one_disk(zip::load<uint16_t>(end + 4) == 0 && zip::load<uint16_t>(end + 6) == 0);
  return {.offset = zip::load<uint32_t>(end + 16),
          .size = zip::load<uint32_t>(end + 12),
          .entries = zip::load<uint16_t>(end + 10)};
}

/// Replaces each field that is all ones by the next number of the zip64 extra
/// field, in the order the format prescribes.
void read_extra64(Entry& entry) {
  std::string_view rest = entry.extra;
  while (rest.size() >= 4) {
    auto id = zip::load<uint16_t>(rest.data());
    auto size = zip::load<uint16_t>(rest.data() + 2);
    if (size > rest.size() - 4) break;
    std::string_view field = rest.substr(4, size);
    rest.remove_prefix(4 + size);
    if (id != zip::kExtra64Id) continue;
    for (uint64_t* value : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
      if (*value != zip::kIn64) continue;
      if (field.size() < 8) fail_entry(entry.name, "its zip64 sizes are cut off");
      *value = zip::load<uint64_t>(field.data());
      field.remove_prefix(8);
    }
    return;
  }
}

/// Takes one entry off the front of the directory's bytes.
Entry take_entry(std::string_view& directory) {
  const char* header = slice(directory, 0, zip::kCentralHeaderSize, "a directory entry").data();
  if (zip::load<uint32_t>(header) != zip::kCentralHeaderId)
    fail_archive("its directory is damaged");
  auto name_size = zip::load<uint16_t>(header + 28);
  auto extra_size = zip::load<uint16_t>(header + 30);
  auto comment_size = zip::load<uint16_t>(header + 32);
  directory.remove_prefix(zip::kCentralHeaderSize);
  Entry entry{.name = slice(directory, 0, name_size, "a record's name"),
              .extra = slice(directory, name_size, extra_size, "a directory entry"),
              .version = zip::load<uint16_t>(header + 6),
              .disk = zip::load<uint16_t>(header + 34),
              .flags = zip::load<uint16_t>(header + 8),
              .method = zip::load<uint16_t>(header + 10),
              .crc = zip::load<uint32_t>(header + 16),
              .compressed_size = zip::load<uint32_t>(header + 20),
              .size = zip::load<uint32_t>(header + 24),
              .header_offset = zip::load<uint32_t>(header + 42)};
  uint64_t variable = uint64_t{name_size} + extra_size + comment_size;
  slice(directory, 0, variable, "a directory entry");
  directory.remove_prefix(variable);
  read_extra64(entry);
  return entry;
}

void check_entry(const Entry& entry) {
  if (!is_plain_name(entry.name)) fail_entry(entry.name, "its name is not a plain relative path");
  if (entry.flags & (zip::kFlagEncrypted | zip::kFlagStronglyEncrypted | zip::kFlagMasked))
    fail_entry(entry.name, "it is encrypted");
  if (entry.flags & zip::kFlagPatched) fail_entry(entry.name, "it holds patched data");
  if (entry.version > zip::kMaxVersion)
    fail_entry(entry.name, c10::str("it needs zip version ", entry.version / 10, ".",
                                    entry.version % 10, " to be read; 6.3 is supported"));
  if (entry.disk != 0) fail_entry(entry.name, "it lies on another disk of a split archive");
  if (entry.method != zip::kStored)
    fail_entry(entry.name,
               "it is compressed, but records of a .pt2 archive are stored as they are; save the "
               "program again with torch.export.save");
  if (entry.size != entry.compressed_size)
    fail_entry(entry.name, "it is stored, yet its two sizes differ");
}

/// Finds the record's bytes behind its local header, which must tell the same.
Placed place_record(const Memory& memory, const Entry& entry, uint64_t directory_offset,
                    std::size_t root_size) {
  std::string_view file = memory.view().substr(0, directory_offset);
  auto fail = [&](const char* reason) { fail_entry(entry.name.substr(root_size), reason); };
  uint64_t at = entry.header_offset;
  if (at > file.size() || file.size() - at < zip::kLocalHeaderSize)
    fail("its local header lies outside the archive");
  const char* header = file.data() + at;
  if (zip::load<uint32_t>(header) != zip::kLocalHeaderId) fail("its local header is damaged");
  if (zip::load<uint16_t>(header + 6) != entry.flags ||
      zip::load<uint16_t>(header + 8) != entry.method)
    fail("its local header contradicts the archive's directory");
  bool sizes_here = !(entry.flags & zip::kFlagDescriptor);
  if (sizes_here &&
      (zip::load<uint32_t>(header + 14) != entry.crc ||
       zip::load<uint32_t>(header + 22) != std::min<uint64_t>(entry.size, zip::kIn64)))
    fail("its local header bears another size or CRC");
  auto name_size = zip::load<uint16_t>(header + 26);
  auto extra_size = zip::load<uint16_t>(header + 28);
  uint64_t data = at + zip::kLocalHeaderSize + name_size + extra_size;
  if (data > file.size() || entry.size > file.size() - data)
    fail("it does not fit into the archive; its size is wrong or the file is truncated");
  if (file.substr(at + zip::kLocalHeaderSize, name_size) != entry.name)
    fail("its local header bears another name");
  return {.record = {.name = entry.name.substr(root_size),
                     .data = memory.data + data,
                     .size = static_cast<std::size_t>(entry.size),
                     .crc = entry.crc},
          .begin = at,
          .end = data + entry.size};
}

void check_overlaps(std::vector<Placed> placed) {
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < placed.size(); ++i)
    if (placed[i].begin < placed[i - 1].end)
      fail_entry(placed[i].record.name,
                 c10::str("it overlaps record '", placed[i - 1].record.name, "'"));
}

[[noreturn]] void fail_legacy() {
  fail_archive(
      "it is a program in the layout of PyTorch up to 2.7, whose weights are pickled; load it "
      "with torch.export.load in Python, PyTorch 2.8 or newer, and save it again with "
      "torch.export.save");
}

std::vector<Placed> read_entries(const Memory& memory) {
  std::string_view file = memory.view();
  Directory found = find_directory(file);
  std::string_view directory = slice(file, found.offset, found.size, "its directory");
  std::vector<Placed> placed;
  std::string_view root;
  for (uint64_t i = 0; i < found.entries; ++i) {
    Entry entry = take_entry(directory);
    if (entry.name.ends_with('/') && entry.size == 0) continue;  // a folder's own entry
    check_entry(entry);
    if (entry.name == record_names::kLegacyProgram) fail_legacy();
    if (root.empty()) root = entry.name.substr(0, entry.name.find('/') + 1);
    if (root.empty() || !entry.name.starts_with(root) || entry.name.size() == root.size())
      fail_entry(entry.name, c10::str("it does not lie in the archive's root folder '", root, "'"));
    placed.push_back(place_record(memory, entry, found.offset, root.size()));
  }
  if (!directory.empty()) fail_archive("its directory has more entries than it claims");
  return placed;
}

}  // namespace

ZipReader::ZipReader(Memory memory) : memory_(std::move(memory)) {
  std::vector<Placed> placed = read_entries(memory_);
  records_.reserve(placed.size());
  for (const Placed& each : placed) {
    if (!index_.emplace(each.record.name, records_.size()).second)
      fail_entry(each.record.name, "it occurs twice");
    records_.push_back(each.record);
  }
  check_overlaps(std::move(placed));
}

const ZipRecord* ZipReader::find(const std::string& name) const {
  auto found = index_.find(name);
  return found == index_.end() ? nullptr : &records_[found->second];
}

const ZipRecord& ZipReader::get(const std::string& name) const {
  if (const ZipRecord* record = find(name)) return *record;
  throw ArchiveError(name, "it is missing from the archive");
}

void ZipReader::check_crcs() const {
  for (const ZipRecord& record : records_)
    if (libdeflate_crc32(0, record.data, record.size) != record.crc)
      fail_entry(record.name, "its bytes do not match its CRC; the file is damaged");
}

}  // namespace roundtrip
