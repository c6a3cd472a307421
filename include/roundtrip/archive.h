#pragma once

#include <roundtrip/exported_program.h>

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// A whole `.pt2` archive in memory.
using Bytes = std::vector<char>;

struct LoadOptions {
  /// Check the CRC of every record while loading. Without it weights are not
  /// read from disk until used, and damage in them goes unnoticed, as in Python.
  bool check_crc = true;
  /// The model to load, for an archive that holds several. `load_models` loads all.
  std::string model = "model";
  /// Which operators the program may call when it runs: `{.all = true}`, if the archive's author
  /// is trusted.
  AllowedOperators allowed = {};
  /// The device to move programs to (`ExportedProgram::to`): one that was exported for a GPU is
  /// run on the CPU by `{.device = at::kCPU}`. Nothing: they stay where the file says.
  std::optional<c10::Device> device = {};
};

/// A model of an archive that holds several.
struct NamedProgram {
  std::string name;
  ExportedProgram program;
};

/// Writes a `.pt2` archive that Python's `torch.export.load` reads. A program
/// that was loaded and not changed gives the very bytes Python 2.13 writes.
///
/// To a path: the name must end in `.pt2`; the archive's root folder is the
/// file's stem. It is written to a temporary file beside it and renamed, so a
/// failure leaves an existing file as it was and no new one behind. To a stream
/// or to memory, the root folder is `archive`, as in Python.
///
/// Throws `ArchiveError` for what cannot be written (disk full, no permission,
/// a name that is no `.pt2`) and for tensors the format cannot hold (sparse,
/// quantized, not on the CPU, with conjugate or negative bits), naming the tensor.
void save(const ExportedProgram& program, const std::filesystem::path& path);
void save(const ExportedProgram& program, std::ostream& stream);
Bytes save(const ExportedProgram& program);

/// Writes one archive of several models, as Python's `package_pt2` does; the rules of `save`
/// to a path hold. Extra files are those of all programs. Throws `ArchiveError` also for no
/// model, for a name that is empty, used twice or no plain path, and for two extra files of
/// one name that differ.
void save_models(const std::vector<NamedProgram>& models, const std::filesystem::path& path);

/// Reads a `.pt2` archive. It is untrusted input: nothing is unpickled or
/// evaluated, and every size, offset, name and CRC is checked.
///
/// From a path, weights are mapped, not copied: writing to one copies its pages
/// privately and never reaches the file. The file must stay as it is while the
/// program lives: what another process writes into it may become the program's
/// weights, and reading a part that was cut off ends the process with SIGBUS. To
/// replace it is safe (`save` does: by a rename); else load it from memory, whose
/// bytes the program keeps.
///
/// Of an archive that holds more than programs (code compiled by AOTInductor, say) the
/// program's `warnings` name what saving it would leave out.
///
/// Throws `ArchiveError` naming the record at fault and the reason.
ExportedProgram load(const std::filesystem::path& path, const LoadOptions& options = {});
ExportedProgram load(std::istream& stream, const LoadOptions& options = {});
ExportedProgram load(Bytes bytes, const LoadOptions& options = {});

/// All models of the archive, in its order, as `load` reads one; `LoadOptions::model` is not
/// looked at.
std::vector<NamedProgram> load_models(const std::filesystem::path& path,
                                      const LoadOptions& options = {});

/// What loading the bytes of `save` gives, with what the file has not: it may call what `program`
/// may, and has its warnings.
ExportedProgram saved_and_loaded(const ExportedProgram& program);

/// The program without its tensors, as the archive's record `models/model.json` has it.
std::string program_json(const ExportedProgram& program);

/// The program that `json`, such a text, describes, with the tensors, example inputs and extra
/// files of `program`, which both share; it may call what that may. Untrusted input, as a file is;
/// throws as `load` does.
ExportedProgram with_program_json(const ExportedProgram& program, std::string_view json);

}  // namespace roundtrip
