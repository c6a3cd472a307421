#pragma once

#include <string>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// The expression as C++ on `c10::SymInt`, as far as C++ has words for it: `u0.sym_eq(1)`.
std::string cpp_code(const Expr& expr);

}  // namespace roundtrip
