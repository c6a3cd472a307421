#include "export/archive/zip_writer.h"

#include <c10/util/hash.h>
#include <libdeflate.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "export/archive/record_names.h"
#include "export/archive/zip_format.h"
#include "export/archive/zip_names.h"

namespace roundtrip {
namespace {

using std::uint16_t;
using std::uint32_t;
using std::uint64_t;

constexpr uint64_t kAlignment = 64;
/// Data is checksummed and written in pieces that stay in the processor's cache.
constexpr std::size_t kPiece = 256 * 1024;

uint32_t narrow(uint64_t value) {
  return value < zip::kIn64 ? value : zip::kIn64;
}
uint16_t flags(uint64_t size) {
  return size == 0 ? zip::kFlagUtf8 : zip::kFlagUtf8 | zip::kFlagDescriptor;
}

/// The zip64 extra field: only those of the numbers that need it, or nothing.
/// PyTorch's writer leaves the stored size 0 in local headers.
std::string extra64(uint64_t size, uint64_t stored_size, uint64_t header_offset) {
  std::string values;
  if (size >= zip::kIn64) {
    zip::append<uint64_t>(values, size);
    zip::append<uint64_t>(values, stored_size);
  }
  if (header_offset >= zip::kIn64) zip::append<uint64_t>(values, header_offset);
  if (values.empty()) return values;
  std::string field;
  zip::append<uint16_t>(field, zip::kExtra64Id);
  zip::append<uint16_t>(field, values.size());
  return field + values;
}

/// The extra field that moves the data, which follows it, to an aligned offset.
std::string padding(uint64_t offset) {
  constexpr uint64_t kFieldHeader = 4;
  uint64_t size = (kAlignment - (offset + kFieldHeader) % kAlignment) % kAlignment;
  std::string field = "FB";
  zip::append<uint16_t>(field, size);
  field.append(size, 'Z');
  return field;
}

}  // namespace

ZipWriter::ZipWriter(Output& output, std::string root) : output_(output), root_(std::move(root)) {
  if (!is_plain_name(root_) || root_.find('/') != root_.npos)
    throw ArchiveError("", "'" + root_ + "' cannot be the root folder of an archive");
}

void ZipWriter::add(const std::string& name, std::string_view data) {
  if (!is_plain_name(name)) throw ArchiveError(name, "its name is not a plain relative path");
  if (!names_.insert(name).second) throw ArchiveError(name, "it would be written twice");
  std::string path = root_ + "/" + name;
  if (path.size() > 0xffff) throw ArchiveError(name, "its name is too long");
  uint64_t header_offset = position();
  append_local_header(path, data.size());
  uint32_t crc = write_data(data);
  if (!data.empty()) {
    append_descriptor(crc, data.size(), data.size() >= zip::kIn64 || header_offset >= zip::kIn64);
    combined_crc_ = c10::hash_combine(combined_crc_, crc);
  }
  append_central_header(path, crc, data.size(), header_offset);
  ++entries_;
}

void ZipWriter::finish() {
  add(record_names::kZipVersion, "6\n");
  add(record_names::kByteOrder, "little");
  add_serialization_id();
  append_end_records();
  flush();
}

void ZipWriter::add_serialization_id() {
  std::size_t combined_names = 0;
  for (const std::string& name : names_)
    combined_names = c10::hash_combine(combined_names, c10::hash<std::string>{}(name));
  std::ostringstream id;
  id << std::setfill('0') << std::setw(20) << combined_names << std::setw(20) << combined_crc_;
  add(record_names::kSerializationId, id.str());
}

/// Size and CRC are left 0: they follow the data.
void ZipWriter::append_local_header(const std::string& path, uint64_t size) {
  std::string extra = extra64(size, 0, position());
  extra += padding(position() + zip::kLocalHeaderSize + path.size() + extra.size());
  zip::append<uint32_t>(pending_, zip::kLocalHeaderId);
  zip::append<uint16_t>(pending_, 0);  // version needed
  zip::append<uint16_t>(pending_, flags(size));
  pending_.append(18, '\0');  // method, time, date, CRC, sizes
  zip::append<uint16_t>(pending_, path.size());
  zip::append<uint16_t>(pending_, extra.size());
  pending_ += path;
  pending_ += extra;
}

uint32_t ZipWriter::write_data(std::string_view data) {
  uint32_t crc = 0;
  for (; !data.empty(); data.remove_prefix(std::min(kPiece, data.size()))) {
    std::string_view piece = data.substr(0, kPiece);
    crc = libdeflate_crc32(crc, piece.data(), piece.size());
    if (piece.size() < kPiece) {
      pending_ += piece;
      if (pending_.size() >= kPiece) flush();
    } else {
      flush();
      output_.write(piece);
      flushed_ += piece.size();
    }
  }
  return crc;
}

void ZipWriter::append_descriptor(uint32_t crc, uint64_t size, bool wide) {
  zip::append<uint32_t>(pending_, zip::kDescriptorId);
  zip::append<uint32_t>(pending_, crc);
  for (int i = 0; i < 2; ++i) {
    if (wide)
      zip::append<uint64_t>(pending_, size);
    else
      zip::append<uint32_t>(pending_, size);
  }
}

void ZipWriter::append_central_header(const std::string& path, uint32_t crc, uint64_t size,
                                      uint64_t header_offset) {
  std::string extra = extra64(size, size, header_offset);
  zip::append<uint32_t>(directory_, zip::kCentralHeaderId);
  zip::append<uint32_t>(directory_, 0);  // versions made by and needed
  zip::append<uint16_t>(directory_, flags(size));
  directory_.append(6, '\0');  // method, time, date
  zip::append<uint32_t>(directory_, crc);
  zip::append<uint32_t>(directory_, narrow(size));
  zip::append<uint32_t>(directory_, narrow(size));
  zip::append<uint16_t>(directory_, path.size());
  zip::append<uint16_t>(directory_, extra.size());
  directory_.append(10, '\0');  // comment, disk, attributes
  zip::append<uint32_t>(directory_, narrow(header_offset));
  directory_ += path;
  directory_ += extra;
}

void ZipWriter::append_end_records() {
  uint64_t directory_offset = position();
  pending_ += directory_;
  uint64_t end64_offset = position();
  zip::append<uint32_t>(pending_, zip::kEnd64Id);
  zip::append<uint64_t>(pending_, zip::kEnd64Size - 12);
  zip::append<uint16_t>(pending_, 0x031e);  // made by: Unix, format 3.0
  zip::append<uint16_t>(pending_, 0x002d);  // needed: 4.5, zip64
  zip::append<uint64_t>(pending_, 0);       // disks
  zip::append<uint64_t>(pending_, entries_);
  zip::append<uint64_t>(pending_, entries_);
  zip::append<uint64_t>(pending_, directory_.size());
  zip::append<uint64_t>(pending_, directory_offset);

  zip::append<uint32_t>(pending_, zip::kLocator64Id);
  zip::append<uint32_t>(pending_, 0);
  zip::append<uint64_t>(pending_, end64_offset);
  zip::append<uint32_t>(pending_, 1);  // disks

  uint16_t entries = std::min<uint64_t>(entries_, zip::kEntriesIn64);
  zip::append<uint32_t>(pending_, zip::kEndId);
  zip::append<uint32_t>(pending_, 0);
  zip::append<uint16_t>(pending_, entries);
  zip::append<uint16_t>(pending_, entries);
  zip::append<uint32_t>(pending_, narrow(directory_.size()));
  zip::append<uint32_t>(pending_, narrow(directory_offset));
  zip::append<uint16_t>(pending_, 0);  // comment
}

void ZipWriter::flush() {
  output_.write(pending_);
  flushed_ += pending_.size();
  pending_.clear();
}

}  // namespace roundtrip
