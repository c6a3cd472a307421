#pragma once

#include <cstddef>
#include <string_view>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// One kind that the text spells as `Name(child, ...)`.
struct FunctionInfo {
  ExprKind kind;
  std::string_view srepr_name;
  std::string_view str_name;  ///< how `str(expr)` spells it
  std::size_t min_children;
  std::size_t max_children;
};

/// Null if there is none of that name or kind.
const FunctionInfo* find_function(std::string_view srepr_name);
const FunctionInfo* find_function(ExprKind kind);

}  // namespace roundtrip
