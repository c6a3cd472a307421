#pragma once

#include <roundtrip/exported_program.h>

#include <functional>
#include <string>
#include <string_view>

#include "export/archive/payload_config.h"

namespace roundtrip {

/// The records of the schema as JSON text. Reading ignores keys it does not know
/// and keeps arguments it does not know; everything else that is amiss throws
/// `ArchiveError` naming the record and the path in it. Writing gives Python's
/// text, byte for byte.

/// Reads the part of a program that `models/*.json` holds.
Program read_model_json(const std::string& record, std::string_view text);
PayloadConfig read_payload_json(const std::string& record, std::string_view text);

std::string write_model_json(const std::string& record, const Program& program);
std::string write_payload_json(const std::string& record, const PayloadConfig& config);

/// One argument, likewise; `names` says what to call its values.
std::string argument_json(const Argument& argument,
                          const std::function<std::string(const GraphValue&)>& names);

}  // namespace roundtrip
