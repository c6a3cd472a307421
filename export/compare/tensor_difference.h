#pragma once

#include <roundtrip/difference.h>

#include <vector>

namespace roundtrip::compare {

/// Weights or constants, by name: layouts, every bit, and which of them share memory.
std::vector<Change> payload_changes(const OrderedMap<Payload>& before,
                                    const OrderedMap<Payload>& after);

/// The inputs that the programs were exported with, leaf by leaf where they can be read.
std::vector<Change> example_input_changes(const RawBytes& before, const RawBytes& after);

}  // namespace roundtrip::compare
