#pragma once

#include <functional>
#include <string>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// What stands for a symbol: the source of an input, such as `L['x'].size()[0]`.
using SymbolText = std::function<std::string(const Expr& symbol)>;

/// The expression as Python code, in the words and with the parentheses of torch's
/// `PythonPrinter`: how guards are written.
std::string python_code(const Expr& expr, const SymbolText& text_of);

}  // namespace roundtrip
