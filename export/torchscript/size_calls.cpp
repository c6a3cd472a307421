#include "export/torchscript/size_calls.h"

#include <algorithm>

#include "export/capture/recording/recorder.h"
#include "export/capture/recording/recorder_handler.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip::size_numbers {

using c10::IValue;

namespace {

bool is_known(const Expr& condition) {
  return current_recorder()->symbols()->env.statically_known(condition).value_or(false);
}

/// Not negative, whatever the sizes are. Floats are looked at by their parts.
bool is_natural(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::floating:
      return std::get<double>(expr.value) >= 0;
    case ExprKind::add:
    case ExprKind::mul:
    case ExprKind::to_float:
    case ExprKind::int_true_div:
    case ExprKind::float_true_div:
    case ExprKind::square_root:
      if (std::all_of(expr.children.begin(), expr.children.end(),
                      [](const Expr& child) { return is_natural(child); })) {
        return true;
      }
      break;
    default:
      break;
  }
  return is_known(greater_equal(expr, integer(0)));
}

}  // namespace

IValue number_of(const c10::SymNode& node) {
  const Expr& expr = as_sym_node(node)->expr();
  if (expr.kind == ExprKind::floating) return std::get<double>(expr.value);
  if (node->is_int()) return c10::SymInt(node);
  if (node->is_bool()) return c10::SymBool(node);
  return c10::SymFloat(node);
}

const Expr& expr_of(const IValue& number) {
  return as_sym_node(sym_node_of(number))->expr();
}

bool is_truth(const IValue& number) {
  return number.isBool() || number.isSymBool();
}

bool is_real(const IValue& number) {
  return number.isDouble() || number.isSymFloat();
}

IValue apply(SymbolOperator::Method method, const IValue& left, const IValue& right) {
  return number_of(combined(method, left, right));
}

IValue apply(const char* target, const IValue& number, SymbolType type, Expr expr) {
  const auto& symbols = current_recorder()->symbols();
  NumberPlace place;
  if (symbols->recorder != nullptr) {
    place = symbols->recorder->record_arithmetic(target, {sym_node_of(number)}, {expr, type});
  }
  if (type == SymbolType::real) return make_sym_float(symbols, std::move(expr), std::move(place));
  return make_sym_int(symbols, std::move(expr), std::move(place));
}

bool is_natural(const IValue& number) {
  return number.isInt() ? number.toInt() >= 0 : is_natural(expr_of(number));
}

}  // namespace roundtrip::size_numbers
