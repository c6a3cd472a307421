#pragma once

#include <memory>

#include "export/interpreter/graphs/call_reader.h"
#include "export/interpreter/steps/frame.h"

namespace roundtrip {

/// Higher-order operators that choose or repeat graphs.

/// Predicate, graph if true, graph if false, operands.
std::unique_ptr<Step> make_cond_step(CallReader& call);

/// Condition graph, body graph, carried values, additional operands.
std::unique_ptr<Step> make_while_loop_step(CallReader& call);

/// Body graph, tensors to walk along dimension 0, additional operands; the results
/// of all iterations are stacked.
std::unique_ptr<Step> make_map_step(CallReader& call);

/// Body graph, operands, no keywords, hints.
std::unique_ptr<Step> make_hints_wrapper_step(CallReader& call);

/// Body graph, carried values, tensors to walk along dimension 0, additional
/// operands; gives the last carried values and the stacked rest.
std::unique_ptr<Step> make_scan_step(CallReader& call);

}  // namespace roundtrip
