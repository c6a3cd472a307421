#pragma once

#include <roundtrip/exported_program.h>

#include "export/archive/payload_config.h"
#include "export/archive/record_names.h"
#include "export/archive/zip_reader.h"

namespace roundtrip {

/// The weights or constants of one model: tensors that lie in the archive's
/// memory, tied ones on one storage, and pickled objects as bytes. Throws
/// `ArchiveError` for a tensor that does not fit into its record.
OrderedMap<Payload> read_payloads(const ZipReader& zip, const PayloadConfig& config,
                                  const record_names::PayloadFolder& folder);

}  // namespace roundtrip
