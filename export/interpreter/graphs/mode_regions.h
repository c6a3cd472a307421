#pragma once

#include <memory>

#include "export/interpreter/graphs/call_reader.h"
#include "export/interpreter/steps/frame.h"

namespace roundtrip {

/// Higher-order operators that run a graph under another mode of the thread, and
/// restore the mode when the graph has run or thrown.

/// `with torch.set_grad_enabled(...)`: enabled, graph, operands...
std::unique_ptr<Step> make_set_grad_enabled_step(CallReader& call);

/// `with torch.autocast(...)`: device type, dtype, enabled, cache enabled, graph,
/// operands...
std::unique_ptr<Step> make_autocast_step(CallReader& call);

}  // namespace roundtrip
