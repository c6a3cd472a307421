#pragma once

#include "export/symbolic/env/shape_env.h"
#include "export/symbolic/knowledge/knowledge.h"

namespace roundtrip {

/// For an expression that forward needs now and that only data decides, with Python's
/// text and with what to write instead.
DataDependentError data_dependent_error(const Knowledge& knowledge, const Expr& expr);

}  // namespace roundtrip
