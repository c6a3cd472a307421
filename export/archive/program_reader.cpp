#include <c10/util/StringUtil.h>
#include <caffe2/serialize/versions.h>
#include <roundtrip/error.h>

#include <charconv>
#include <new>

#include "export/archive/memory.h"
#include "export/archive/payload_check.h"
#include "export/archive/payload_reader.h"
#include "export/archive/program_archive.h"
#include "export/archive/record_names.h"
#include "export/archive/schema_json.h"
#include "export/archive/zip_reader.h"

namespace roundtrip {
namespace {

namespace names = record_names;

void check_zip_version(const ZipReader& zip) {
  const ZipRecord* record = zip.find(names::kZipVersion);
  if (!record) record = zip.find(names::kOldZipVersion);
  if (!record) throw ArchiveError(names::kZipVersion, "it is missing from the archive");
  std::string_view text = record->view();
  std::uint64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  if (version < caffe2::serialize::kMinSupportedFileFormatVersion ||
      version > caffe2::serialize::kMaxSupportedFileFormatVersion)
    throw ArchiveError(std::string(record->name),
                       c10::str("file format version '", text.substr(0, 20), "' is not supported, ",
                                "only ", caffe2::serialize::kMinSupportedFileFormatVersion, " to ",
                                caffe2::serialize::kMaxSupportedFileFormatVersion));
}

void check_text(const ZipReader& zip, const std::string& name, std::string_view expected) {
  std::string_view text = zip.get(name).view();
  if (text != expected)
    throw ArchiveError(name, c10::str("expected '", expected, "', found '", text.substr(0, 20),
                                      "'; this is no archive of torch.export.save's format"));
}

void check_format(const ZipReader& zip) {
  check_zip_version(zip);
  check_text(zip, names::kFormat, "pt2");
  check_text(zip, names::kFormatVersion, "0");
  if (zip.find(names::kByteOrder)) check_text(zip, names::kByteOrder, "little");
}

const ZipRecord& model_record(const ZipReader& zip, const std::string& model) {
  if (const ZipRecord* record = zip.find(names::model(model))) return *record;
  std::string others;
  for (const ZipRecord& record : zip.records())
    if (record.name.starts_with(names::kModels)) others += c10::str(" ", record.name);
  throw ArchiveError(names::model(model), "the archive holds no such model" +
                                              (others.empty() ? "" : "; it holds" + others));
}

OrderedMap<Payload> read_folder(const ZipReader& zip, const names::PayloadFolder& folder,
                                const std::string& model) {
  std::string config = folder.config(model);
  if (!zip.find(config) && zip.find(folder.legacy(model)))
    throw ArchiveError(folder.legacy(model),
                       "pickled payloads of PyTorch 2.7 and older are not supported; load and "
                       "save the program with a newer PyTorch");
  return read_payloads(zip, read_payload_json(config, zip.get(config).view()), folder);
}

OrderedMap<RawBytes> read_extra_files(const ZipReader& zip) {
  OrderedMap<RawBytes> files;
  for (const ZipRecord& record : zip.records())
    if (record.name.starts_with(names::kExtra))
      files.insert(std::string(record.name.substr(names::kExtra.size())), zip.raw_bytes(record));
  return files;
}

/// Programs hold nothing of what lies in other folders: compiled code, say.
std::vector<std::string> read_warnings(const ZipReader& zip) {
  std::vector<std::string_view> others;
  for (const ZipRecord& record : zip.records())
    if (!names::is_of_programs(record.name)) others.push_back(record.name);
  if (others.empty()) return {};
  return {c10::str("the archive holds ", others.size(), " records that are of no program ('",
                   others[0], "' is the first): saving the program leaves them out")};
}

ZipReader open(Memory memory, const LoadOptions& options) {
  ZipReader zip(std::move(memory));
  check_format(zip);
  if (options.check_crc) zip.check_crcs();
  return zip;
}

Program read_model(const ZipReader& zip, const std::string& name, const LoadOptions& options) {
  const ZipRecord& model = model_record(zip, name);
  Program program = read_model_json(std::string(model.name), model.view());
  program.weights = read_folder(zip, names::kWeights, name);
  program.constants = read_folder(zip, names::kConstants, name);
  check_payloads(program);
  program.example_inputs = zip.raw_bytes(zip.get(names::sample_inputs(name)));
  program.extra_files = read_extra_files(zip);
  program.warnings = read_warnings(zip);
  program.allowed = options.allowed;
  return program;
}

/// What slipped through our checks must still not leave as another exception.
template <typename Read>
auto read_memory(Memory memory, const LoadOptions& options, const Read& read) try {
  return read(open(std::move(memory), options));
} catch (const c10::Error& error) {
  throw ArchiveError("", error.what_without_backtrace());
} catch (const std::bad_alloc&) {
  throw ArchiveError("", "not enough memory to read the archive");
}

/// Reads the file. An error that names no record names the file.
template <typename Read>
auto read_file(const std::filesystem::path& path, const LoadOptions& options, const Read& read) {
  Memory memory = map_file(path);
  try {
    return read_memory(std::move(memory), options, read);
  } catch (const ArchiveError& error) {
    if (!error.record().empty()) throw;
    throw ArchiveError("", "'" + path.string() + "': " + error.what());
  }
}

/// Every JSON file of that folder is one. Where there is none, reading the one that is usual says
/// what is wrong.
std::vector<std::string> names_of_models(const ZipReader& zip) {
  constexpr std::string_view kSuffix = ".json";
  std::vector<std::string> models;
  for (const ZipRecord& record : zip.records()) {
    if (!record.name.starts_with(names::kModels) || !record.name.ends_with(kSuffix)) continue;
    const std::string_view file = record.name.substr(names::kModels.size());
    models.emplace_back(file.substr(0, file.size() - kSuffix.size()));
  }
  if (models.empty()) models.emplace_back(names::kDefaultModel);
  return models;
}

}  // namespace

Program read_program(const std::filesystem::path& path, const LoadOptions& options) {
  return read_file(path, options,
                   [&](const ZipReader& zip) { return read_model(zip, options.model, options); });
}

std::vector<std::pair<std::string, Program>> read_programs(const std::filesystem::path& path,
                                                           const LoadOptions& options) {
  return read_file(path, options, [&](const ZipReader& zip) {
    std::vector<std::pair<std::string, Program>> models;
    for (const std::string& name : names_of_models(zip)) {
      models.emplace_back(name, read_model(zip, name, options));
    }
    return models;
  });
}

Program read_program(Bytes bytes, const LoadOptions& options) {
  return read_memory(own_bytes(std::move(bytes)), options,
                     [&](const ZipReader& zip) { return read_model(zip, options.model, options); });
}

Program read_program_json(const Program& program, std::string_view json) {
  Program read = read_model_json(names::model(names::kDefaultModel), json);
  read.weights = program.weights;
  read.constants = program.constants;
  check_payloads(read);
  read.example_inputs = program.example_inputs;
  read.extra_files = program.extra_files;
  read.allowed = program.allowed;
  return read;
}

}  // namespace roundtrip
