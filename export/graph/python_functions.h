#pragma once

#include <roundtrip/graph.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// What a number of a graph is.
enum class SymbolType { integer, real, boolean };

/// One of Python's functions on numbers, as graphs call it.
struct PythonFunction {
  std::string target;                   ///< `_operator.floordiv`, `math.trunc`, `torch.sym_max`
  std::size_t arity = 2;                ///< how many numbers it takes
  std::vector<std::string> parameters;  ///< their names, then those that are given None
  std::string pattern;                  ///< how code has it, `{}` for an operand; empty: a call
  std::optional<SymbolType> result;     ///< unset: the operands' common type
  std::vector<ExprKind> kinds;          ///< what expressions it is called for
  bool has_name_in_files = true;        ///< of `_SYM_OPS` in torch/_export/serde/serialize.py
};

/// The function of a node's target, or null.
const PythonFunction* find_python_function(const std::string& target);

/// The function that a graph calls for an operation of expressions, or null.
const PythonFunction* python_function_of(ExprKind kind);

/// The operands of a call under the names of the function's parameters.
std::vector<NamedArgument> inputs_of(const PythonFunction& function,
                                     std::vector<Argument> operands);

/// A call of the function without results. `target` has to be in the table.
NodeFields call_of_function(const std::string& target, std::vector<Argument> operands);

}  // namespace roundtrip
