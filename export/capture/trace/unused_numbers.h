#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The node's name if its one result is a number; null otherwise.
const std::string* number_result(const Trace& trace, const schema::Node& node);

/// A call that asks for a size, stride or offset of a tensor.
bool is_size_query(const schema::Node& node);

/// Drops nodes on numbers that nothing uses: sizes that were only compared, say.
void drop_unused_numbers(Trace& trace);

}  // namespace roundtrip
