#include "export/archive/output.h"

#include <roundtrip/error.h>

#include <ostream>

namespace roundtrip {

void StreamOutput::write(std::string_view bytes) {
  if (!stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw ArchiveError("", "cannot write the archive: the stream took no more bytes");
}

void StreamOutput::flush() {
  if (!stream_.flush())
    throw ArchiveError("", "cannot write the archive: the stream could not be flushed");
}

FileOutput::FileOutput(const std::filesystem::path& path) try : file_(path) {
} catch (const WriteError& error) {
  throw ArchiveError("", error.what());
}

void FileOutput::write(std::string_view bytes) try {
  file_.write(bytes);
} catch (const WriteError& error) {
  throw ArchiveError("", error.what());
}

void FileOutput::commit() try { file_.commit(); } catch (const WriteError& error) {
  throw ArchiveError("", error.what());
}

}  // namespace roundtrip
