#include "export/graph/python_functions.h"

#include <algorithm>
#include <unordered_map>

namespace roundtrip {
namespace {

using Functions = std::vector<PythonFunction>;

constexpr auto kInt = SymbolType::integer;
constexpr auto kReal = SymbolType::real;
constexpr auto kBool = SymbolType::boolean;
constexpr std::nullopt_t kCommon = std::nullopt;

PythonFunction binary(std::string target, std::string pattern,
                      std::optional<SymbolType> result = kCommon,
                      std::vector<ExprKind> kinds = {}) {
  return {std::move(target), 2, {"a", "b"}, std::move(pattern), result, std::move(kinds)};
}

PythonFunction unary(std::string target, std::string pattern,
                     std::optional<SymbolType> result = kCommon, std::vector<ExprKind> kinds = {}) {
  return {std::move(target), 1, {"a"}, std::move(pattern), result, std::move(kinds)};
}

/// Of the module `math`, to an integer.
PythonFunction rounding(std::string target, ExprKind kind, bool has_name_in_files) {
  return {std::move(target), 1, {"x"}, "", kInt, {kind}, has_name_in_files};
}

const Functions& functions() {
  using enum ExprKind;
  static const Functions kFunctions = {
      binary("_operator.eq", "{} == {}", kBool, {equal}),
      binary("_operator.ne", "{} != {}", kBool),
      binary("_operator.lt", "{} < {}", kBool, {less}),
      binary("_operator.gt", "{} > {}", kBool, {greater}),
      binary("_operator.le", "{} <= {}", kBool, {less_equal}),
      binary("_operator.ge", "{} >= {}", kBool, {greater_equal}),
      unary("_operator.pos", "+{}"),
      unary("_operator.neg", "-{}"),
      unary("_operator.invert", "~{}"),
      binary("_operator.add", "{} + {}", kCommon, {add}),
      binary("_operator.sub", "{} - {}"),
      binary("_operator.mul", "{} * {}", kCommon, {mul}),
      binary("_operator.floordiv", "{} // {}", kCommon, {floor_div, clean_div}),
      binary("_operator.truediv", "{} / {}", kReal, {int_true_div, float_true_div}),
      binary("_operator.mod", "{} % {}", kCommon, {mod, python_mod}),
      binary("_operator.pow", "{} ** {}", kCommon, {pow, pow_by_natural, float_pow}),
      binary("_operator.lshift", "{} << {}"),
      binary("_operator.rshift", "{} >> {}"),
      binary("_operator.and_", "{} & {}", kBool, {logical_and}),
      binary("_operator.or_", "{} | {}", kBool, {logical_or}),
      binary("_operator.xor", "{} ^ {}"),
      binary("_operator.getitem", "{}[{}]"),
      binary("_operator.matmul", "{} @ {}"),
      rounding("math.ceil", ceil_to_int, false),
      rounding("math.floor", floor_to_int, false),
      rounding("math.trunc", trunc_to_int, true),
      {"builtins.round", 1, {"number", "ndigits"}, "", kInt, {}, false},
      unary("torch.sym_not", "", kBool, {logical_not}),
      unary("torch.sym_int", "", kInt),
      unary("torch.sym_float", "", kReal, {to_float}),
      {"torch.sym_ite", 3, {"b", "t", "f"}, "", kCommon, {}},
      binary("torch.sym_max", "", kCommon, {max}),
      binary("torch.sym_min", "", kCommon, {min}),
      unary("torch._sym_sqrt", "", kReal, {square_root}),
  };
  return kFunctions;
}

}  // namespace

const PythonFunction* find_python_function(const std::string& target) {
  static const auto kByTarget = [] {
    std::unordered_map<std::string_view, const PythonFunction*> by_target;
    for (const PythonFunction& function : functions()) {
      by_target.emplace(function.target, &function);
    }
    return by_target;
  }();
  const auto found = kByTarget.find(target);
  return found == kByTarget.end() ? nullptr : found->second;
}

const PythonFunction* python_function_of(ExprKind kind) {
  static const auto kByKind = [] {
    std::unordered_map<ExprKind, const PythonFunction*> by_kind;
    for (const PythonFunction& function : functions()) {
      for (const ExprKind made : function.kinds) by_kind.emplace(made, &function);
    }
    return by_kind;
  }();
  const auto found = kByKind.find(kind);
  return found == kByKind.end() ? nullptr : found->second;
}

std::vector<NamedArgument> inputs_of(const PythonFunction& function,
                                     std::vector<Argument> operands) {
  std::vector<NamedArgument> inputs;
  operands.resize(function.parameters.size(), {NoneArgument{}});
  for (std::size_t i = 0; i < operands.size(); ++i) {
    inputs.push_back({function.parameters[i], std::move(operands[i]), ArgumentKind::positional});
  }
  return inputs;
}

NodeFields call_of_function(const std::string& target, std::vector<Argument> operands) {
  NodeFields node;
  node.target = target;
  node.inputs = inputs_of(*find_python_function(target), std::move(operands));
  return node;
}

}  // namespace roundtrip
