#pragma once

#include <cstddef>
#include <string>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// Functions that upstream prints in guards, with how many arguments they take.
struct GuardFunction {
  ExprKind kind;
  std::size_t min_args;
  std::size_t max_args;
};

/// The function of that name, or null.
const GuardFunction* find_guard_function(const std::string& name);

}  // namespace roundtrip
