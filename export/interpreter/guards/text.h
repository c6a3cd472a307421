#pragma once

#include <string>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// A guard's condition as Python's `ast.unparse` writes it, which is how upstream's
/// message has it: `2 * x.size()[0] + 1 <= 9`. The symbol "0" is written as
/// `source_texts[0]`, and so on.
std::string guard_text(const Expr& condition, const std::vector<std::string>& source_texts);

}  // namespace roundtrip
