#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// What stands for a symbol: the source of an input, such as `L['x'].size()[0]`.
using SymbolText = std::function<std::string(const Expr& symbol)>;

/// The expression as Python code, in the words and with the parentheses of torch's
/// `PythonPrinter`: how guards are written.
std::string python_code(const Expr& expr, const SymbolText& text_of);

/// What code calls for such an operation, `math.trunc`; nothing for one that it writes with a
/// sign, or that Python has no function for.
std::optional<std::string_view> python_call(ExprKind kind);

}  // namespace roundtrip
