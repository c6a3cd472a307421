#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The node's one result if that is a number which goes by the node's name; null otherwise.
GraphValue* number_result(const Trace& trace, const Node& node);

/// A call that asks for a size, stride or offset of a tensor.
bool is_size_query(const Node& node);

/// Drops nodes on numbers that nothing uses: sizes that were only compared, say.
void drop_unused_numbers(Trace& trace);

}  // namespace roundtrip
