#include "export/symbolic/expr/functions.h"

#include <algorithm>
#include <array>
#include <limits>

namespace roundtrip {

namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kFunctions{
    FunctionInfo{ExprKind::add, "Add", "Add", 1, kAny},
    FunctionInfo{ExprKind::mul, "Mul", "Mul", 1, kAny},
    FunctionInfo{ExprKind::pow, "Pow", "Pow", 2, 2},
    FunctionInfo{ExprKind::max, "Max", "Max", 1, kAny},
    FunctionInfo{ExprKind::min, "Min", "Min", 1, kAny},
    FunctionInfo{ExprKind::equal, "Equality", "Eq", 2, 2},
    FunctionInfo{ExprKind::not_equal, "Unequality", "Ne", 2, 2},
    FunctionInfo{ExprKind::less, "StrictLessThan", "<", 2, 2},
    FunctionInfo{ExprKind::less_equal, "LessThan", "<=", 2, 2},
    FunctionInfo{ExprKind::greater, "StrictGreaterThan", ">", 2, 2},
    FunctionInfo{ExprKind::greater_equal, "GreaterThan", ">=", 2, 2},
    FunctionInfo{ExprKind::logical_and, "And", " & ", 1, kAny},
    FunctionInfo{ExprKind::logical_or, "Or", " | ", 1, kAny},
    FunctionInfo{ExprKind::logical_not, "Not", "~", 1, 1},
    FunctionInfo{ExprKind::piecewise, "Piecewise", "Piecewise", 1, kAny},
    FunctionInfo{ExprKind::expr_cond_pair, "ExprCondPair", "", 2, 2},
    FunctionInfo{ExprKind::floor_div, "FloorDiv", "//", 2, 2},
    FunctionInfo{ExprKind::clean_div, "CleanDiv", "//", 2, 2},
    FunctionInfo{ExprKind::ceil_div, "CeilDiv", "CeilDiv", 2, 2},
    FunctionInfo{ExprKind::mod, "Mod", "Mod", 2, 2},
    FunctionInfo{ExprKind::python_mod, "PythonMod", "PythonMod", 2, 2},
    FunctionInfo{ExprKind::modular_indexing, "ModularIndexing", "ModularIndexing", 3, 3},
    FunctionInfo{ExprKind::int_true_div, "IntTrueDiv", "IntTrueDiv", 2, 2},
    FunctionInfo{ExprKind::float_true_div, "FloatTrueDiv", "FloatTrueDiv", 2, 2},
    FunctionInfo{ExprKind::float_pow, "FloatPow", "FloatPow", 2, 2},
    FunctionInfo{ExprKind::square_root, "OpaqueUnaryFn_sqrt", "OpaqueUnaryFn_sqrt", 1, 1},
    FunctionInfo{ExprKind::pow_by_natural, "PowByNatural", "PowByNatural", 2, 2},
    FunctionInfo{ExprKind::left_shift, "LShift", "LShift", 2, 2},
    FunctionInfo{ExprKind::right_shift, "RShift", "RShift", 2, 2},
    FunctionInfo{ExprKind::to_float, "ToFloat", "ToFloat", 1, 1},
    FunctionInfo{ExprKind::trunc_to_float, "TruncToFloat", "TruncToFloat", 1, 1},
    FunctionInfo{ExprKind::trunc_to_int, "TruncToInt", "TruncToInt", 1, 1},
    FunctionInfo{ExprKind::ceil_to_int, "CeilToInt", "CeilToInt", 1, 1},
    FunctionInfo{ExprKind::floor_to_int, "FloorToInt", "FloorToInt", 1, 1},
    FunctionInfo{ExprKind::floor, "floor", "floor", 1, 1},
    FunctionInfo{ExprKind::ceiling, "ceiling", "ceiling", 1, 1},
    FunctionInfo{ExprKind::round_to_int, "RoundToInt", "RoundToInt", 1, 1},
    FunctionInfo{ExprKind::round_decimal, "RoundDecimal", "RoundDecimal", 2, 2},
    FunctionInfo{ExprKind::where, "Where", "Where", 3, 3},
    FunctionInfo{ExprKind::absolute, "Abs", "Abs", 1, 1},
    FunctionInfo{ExprKind::bitwise_and, "BitwiseFn_bitwise_and", "BitwiseFn_bitwise_and", 2, 2},
    FunctionInfo{ExprKind::bitwise_or, "BitwiseFn_bitwise_or", "BitwiseFn_bitwise_or", 2, 2},
    FunctionInfo{ExprKind::bitwise_xor, "BitwiseFn_bitwise_xor", "BitwiseFn_bitwise_xor", 2, 2},
    FunctionInfo{ExprKind::identity, "Identity", "Identity", 1, 1},
    FunctionInfo{ExprKind::non_overlapping_and_dense, "IsNonOverlappingAndDenseIndicator",
                 "IsNonOverlappingAndDenseIndicator", 0, kAny},
};

template <typename Predicate>
const FunctionInfo* find(Predicate matches) {
  auto found = std::find_if(kFunctions.begin(), kFunctions.end(), matches);
  return found == kFunctions.end() ? nullptr : &*found;
}

}  // namespace

const FunctionInfo* find_function(std::string_view srepr_name) {
  return find([&](const FunctionInfo& info) { return info.srepr_name == srepr_name; });
}

const FunctionInfo* find_function(ExprKind kind) {
  return find([&](const FunctionInfo& info) { return info.kind == kind; });
}

}  // namespace roundtrip
