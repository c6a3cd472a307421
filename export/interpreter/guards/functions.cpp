#include "export/interpreter/guards/functions.h"

#include <unordered_map>

namespace roundtrip {

const GuardFunction* find_guard_function(const std::string& name) {
  static const std::unordered_map<std::string, GuardFunction> kFunctions = {
      {"max", {ExprKind::max, 2, 64}},
      {"min", {ExprKind::min, 2, 64}},
      {"Max", {ExprKind::max, 2, 64}},
      {"Min", {ExprKind::min, 2, 64}},
      {"Eq", {ExprKind::equal, 2, 2}},
      {"Ne", {ExprKind::not_equal, 2, 2}},
      {"FloorDiv", {ExprKind::floor_div, 2, 2}},
      {"CeilDiv", {ExprKind::ceil_div, 2, 2}},
      {"Mod", {ExprKind::python_mod, 2, 2}},
      {"PythonMod", {ExprKind::python_mod, 2, 2}},
      {"ModularIndexing", {ExprKind::modular_indexing, 3, 3}},
      {"float", {ExprKind::to_float, 1, 1}},
      {"torch.sym_float", {ExprKind::to_float, 1, 1}},
      {"torch._sym_sqrt", {ExprKind::square_root, 1, 1}},
      {"abs", {ExprKind::absolute, 1, 1}},
      {"Abs", {ExprKind::absolute, 1, 1}},
      {"round", {ExprKind::round_to_int, 1, 1}},
      {"floor", {ExprKind::floor, 1, 1}},
      {"ceiling", {ExprKind::ceiling, 1, 1}},
      {"math.trunc", {ExprKind::trunc_to_int, 1, 1}},
      {"math.floor", {ExprKind::floor_to_int, 1, 1}},
      {"math.ceil", {ExprKind::ceil_to_int, 1, 1}},
  };
  auto found = kFunctions.find(name);
  return found == kFunctions.end() ? nullptr : &found->second;
}

}  // namespace roundtrip
