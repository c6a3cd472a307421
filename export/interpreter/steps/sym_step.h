#pragma once

#include <roundtrip/graph.h>

#include <memory>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/scope.h"
#include "export/interpreter/steps/sym_ops.h"

namespace roundtrip {

/// A call of one of Python's operators on numbers. Throws `ProgramError` if the
/// node gives it more or fewer arguments than it takes.
std::unique_ptr<Step> make_sym_step(const Node& node, const SymOp& op, Scope& scope);

}  // namespace roundtrip
