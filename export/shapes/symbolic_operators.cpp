#include "export/shapes/symbolic_operators.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <unordered_map>

#include "export/shapes/rules/arithmetic.h"
#include "export/torchscript/graphs/graph_runner.h"
#include "export/torchscript/graphs/symbol_lists.h"
#include "export/torchscript/graphs/symbols.h"

namespace roundtrip::shapes {
namespace {

using c10::IValue;
using torch::jit::Stack;
namespace aten = c10::aten;

bool is_size(const IValue& value) {
  return value.isInt() || value.isSymInt();
}

IValue same_size(const Stack& in) {
  return in.at(0);
}

IValue negate(const Stack& in) {
  return c10::SymInt(0) - to_size(in.at(0));
}

IValue range_length(const Stack& in) {
  const c10::SymInt low = to_size(in.at(0));
  const c10::SymInt high = to_size(in.at(1));
  const c10::SymInt step = to_size(in.at(2));
  if (step > 0) return low < high ? IValue(floor_divide(high - 1 - low, step) + 1) : IValue(0);
  return low > high ? IValue(floor_divide(low - 1 - high, c10::SymInt(0) - step) + 1) : IValue(0);
}

IValue derive_index(const Stack& in) {
  return to_size(in.at(1)) + to_size(in.at(0)) * to_size(in.at(2));
}

using SizeRule = IValue (*)(const Stack& inputs);

/// For operators that are more than a method of symbols.
SizeRule find_size_rule(c10::Symbol kind) {
  static const std::unordered_map<c10::Symbol, SizeRule> kTable = {
      {aten::neg, negate},
      {aten::ceil, same_size},
      {aten::Int, same_size},
      {aten::__range_length, range_length},
      {aten::__derive_index, derive_index},
  };
  const auto found = kTable.find(kind);
  return found == kTable.end() ? nullptr : found->second;
}

/// Guards are written with `<` and `<=`.
std::optional<IValue> calculate(c10::Symbol kind, const Stack& in) {
  if (kind == aten::gt) return calculate(aten::lt, {in.at(1), in.at(0)});
  if (kind == aten::ge) return calculate(aten::le, {in.at(1), in.at(0)});
  const SymbolOperator* op = find_symbol_operator(kind);
  if (op == nullptr || op->operands == SymbolOperator::Operands::conditions) return std::nullopt;
  const c10::SymNode result = combined(op->method, in.at(0), in.at(1));
  if (result->is_bool()) return result->guard_bool(__FILE__, __LINE__);
  return c10::SymInt(result);
}

}  // namespace

std::optional<IValue> run_on_symbols(c10::Symbol kind, const Stack& inputs) {
  if (auto answer = answer_about_lists(kind, inputs)) return answer;
  if (std::none_of(inputs.begin(), inputs.end(), is_size_number)) return std::nullopt;
  if (!std::all_of(inputs.begin(), inputs.end(), is_size)) return std::nullopt;
  if (const SizeRule rule = find_size_rule(kind)) return rule(inputs);
  return calculate(kind, inputs);
}

void run_on_plain_numbers(const torch::jit::Node& node, Stack& stack) {
  const auto* op = node.maybeOperator();
  TORCH_CHECK(op != nullptr, "shape functions with ", node.kind().toQualString());
  const auto& formals = op->schema().arguments();
  for (std::size_t i = 0; i < std::min(stack.size(), formals.size()); ++i) {
    if (stack[i].isSymInt() && is_number_type(*formals[i].real_type())) {
      stack[i] = stack[i].toSymInt().guard_int(__FILE__, __LINE__);
    }
  }
  try {
    call_operator(node, stack);
  } catch (const c10::Error&) {
    throw;
  } catch (const std::exception& error) {
    TORCH_CHECK(false, error.what());
  }
}

}  // namespace roundtrip::shapes
