#pragma once

#include <memory>

#include "export/interpreter/graphs/call_reader.h"
#include "export/interpreter/steps/frame.h"

namespace roundtrip {

/// A call of an operator that writes to arguments, on copies of them: the operator, then
/// keywords.
std::unique_ptr<Step> make_auto_functionalized_step(CallReader& call);

}  // namespace roundtrip
