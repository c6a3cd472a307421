#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/error.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "export/archive/program_archive.h"
#include "export/archive/zip_reader.h"

namespace roundtrip::test {

/// A program with every kind of payload: a parameter, a buffer tied to it, an
/// empty tensor, a constant, a pickled object, example inputs and an extra file.
Program sample_program();

RawBytes raw_bytes(std::string text);
ZipReader open_zip(const Bytes& bytes);

using Records = std::vector<std::pair<std::string, std::string>>;

/// The records of an archive without those that the zip writer adds itself.
Records records_of(const Bytes& bytes);
/// An intact zip of these records, whatever they say.
Bytes zip_of(const Records& records);
/// The sample program's archive after a change of its records.
Bytes changed_sample(const std::function<void(Records&)>& change);
/// Replaces the first `from` in the record by `to`; fails the test if absent.
void replace_in(Records& records, std::string_view name, std::string_view from,
                std::string_view to);
/// The sample's archive with such a replacement in its `models/model.json`.
Bytes changed_model(std::string_view from, std::string_view to);

/// The message of the ArchiveError that `action` throws; "" if it throws none.
std::string archive_error(const std::function<void()>& action);
/// The same for loading these bytes.
std::string load_error(Bytes bytes, const LoadOptions& options = {});

bool contains(std::string_view text, std::string_view part);

}  // namespace roundtrip::test
