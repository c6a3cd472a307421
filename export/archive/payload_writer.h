#pragma once

#include <roundtrip/exported_program.h>

#include <string>
#include <vector>

#include "export/archive/payload_config.h"
#include "export/archive/record_names.h"

namespace roundtrip {

/// A record that is about to be written. Its bytes belong to the program that is
/// saved, or to `bytes.owner`.
struct PlannedRecord {
  std::string name;
  RawBytes bytes;
};

/// Appends the records that hold the payloads and tells what lies where, in
/// Python's order: pickled tensors, then plain tensors grouped by storage, then
/// objects. Throws `ArchiveError` naming a tensor the format cannot hold.
PayloadConfig plan_payloads(const OrderedMap<Payload>& payloads,
                            const record_names::PayloadFolder& folder,
                            std::vector<PlannedRecord>& records);

}  // namespace roundtrip
