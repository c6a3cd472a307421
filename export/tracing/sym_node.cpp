#include "export/tracing/sym_node.h"

#include <c10/core/SymBool.h>
#include <c10/core/SymFloat.h>
#include <roundtrip/error.h>

#include "export/symbolic/expr/algebra.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

double to_double(const Number& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

/// Python's `a * 2**b` and `a // 2**b`, which shifts become at once.
Expr shifted_left(const Expr& a, const Expr& b) {
  return multiply(a, power(integer(2), b));
}
Expr shifted_right(const Expr& a, const Expr& b) {
  return floor_divide(a, power(integer(2), b));
}

/// Not an overload of `expr_of`: a node of a float would become a SymInt.
Expr expr_of_node(const c10::SymNode& node) {
  if (const auto* ours = as_sym_node(node)) return ours->expr();
  if (const auto number = node->constant_int()) return integer(*number);
  if (const auto truth = node->constant_bool()) return boolean(*truth);
  throw CaptureError("forward mixes a symbolic number of this capture with one from elsewhere");
}

bool is_real(const c10::SymNode& node) {
  return node->is_float();
}

}  // namespace

/// A binary operation in Python's graph and as an expression.
struct SymNode::Operation {
  const char* target;
  Expr (*make_int)(const Expr&, const Expr&);
  Expr (*make_real)(const Expr&, const Expr&);
  /// Unset: the operands' common type.
  std::optional<SymbolType> result;
};

c10::SymNode SymNode::apply(const Operation& operation, const c10::SymNode& other) {
  const bool real = is_float() || is_real(other);
  const auto make = real ? operation.make_real : operation.make_int;
  const auto common = real ? SymbolType::real : value_.type;
  return result(operation.target, {self(), other},
                {make(value_.expr, expr_of_node(other)), operation.result.value_or(common)});
}

c10::SymNode SymNode::result(const std::string& target, const std::vector<c10::SymNode>& operands,
                             SymbolicValue value) {
  auto node = c10::make_intrusive<SymNode>(symbols_, std::move(value));
  if (symbols_->recorder != nullptr && !node->is_constant()) {
    node->place_ = symbols_->recorder->record_arithmetic(target, operands, node->value_);
  }
  return node;
}

c10::SymNode SymNode::unary(const char* target, SymbolType type, Expr (*make)(const Expr&)) {
  return result(target, {self()}, {make(value_.expr), type});
}

/// Known to be not negative.
bool SymNode::is_natural(const Expr& number) {
  return symbols_->env.range_of(number).first.value_or(-1) >= 0;
}

c10::SymNode SymNode::self() {
  return c10::SymNode::reclaim_copy(this);
}

c10::SymNode SymNode::add(const c10::SymNode& other) {
  return apply({"_operator.add", roundtrip::add, roundtrip::add, {}}, other);
}
c10::SymNode SymNode::sub(const c10::SymNode& other) {
  return apply({"_operator.sub", subtract, subtract, {}}, other);
}
c10::SymNode SymNode::mul(const c10::SymNode& other) {
  return apply({"_operator.mul", multiply, multiply, {}}, other);
}
c10::SymNode SymNode::truediv(const c10::SymNode& other) {
  return apply({"_operator.truediv", int_true_divide, float_true_divide, SymbolType::real}, other);
}
c10::SymNode SymNode::pow(const c10::SymNode& other) {
  return apply({"_operator.pow", power, float_power, {}}, other);
}
c10::SymNode SymNode::floordiv(const c10::SymNode& other) {
  return apply({"_operator.floordiv", floor_divide, floor_divide, {}}, other);
}
c10::SymNode SymNode::mod(const c10::SymNode& other) {
  const auto make = is_natural(value_.expr) && is_natural(roundtrip::expr_of(other))
                        ? natural_modulo
                        : python_modulo;
  return apply({"_operator.mod", make, make, {}}, other);
}
// As in Python, where the symbol of `4 == n` is asked, not the number.
c10::SymNode SymNode::eq(const c10::SymNode& other) {
  if (is_constant() && !other->is_constant()) return other->eq(self());
  return apply({"_operator.eq", equal, equal, SymbolType::boolean}, other);
}
c10::SymNode SymNode::ne(const c10::SymNode& other) {
  if (is_constant() && !other->is_constant()) return other->ne(self());
  return apply({"_operator.ne", not_equal, not_equal, SymbolType::boolean}, other);
}
c10::SymNode SymNode::gt(const c10::SymNode& other) {
  return apply({"_operator.gt", greater, greater, SymbolType::boolean}, other);
}
c10::SymNode SymNode::lt(const c10::SymNode& other) {
  return apply({"_operator.lt", less, less, SymbolType::boolean}, other);
}
c10::SymNode SymNode::le(const c10::SymNode& other) {
  return apply({"_operator.le", less_equal, less_equal, SymbolType::boolean}, other);
}
c10::SymNode SymNode::ge(const c10::SymNode& other) {
  return apply({"_operator.ge", greater_equal, greater_equal, SymbolType::boolean}, other);
}
c10::SymNode SymNode::sym_min(const c10::SymNode& other) {
  return apply({"torch.sym_min", minimum, minimum, {}}, other);
}
c10::SymNode SymNode::sym_max(const c10::SymNode& other) {
  return apply({"torch.sym_max", maximum, maximum, {}}, other);
}
c10::SymNode SymNode::sym_or(const c10::SymNode& other) {
  return apply({"_operator.or_", logical_or, logical_or, SymbolType::boolean}, other);
}
c10::SymNode SymNode::sym_and(const c10::SymNode& other) {
  return apply({"_operator.and_", logical_and, logical_and, SymbolType::boolean}, other);
}

c10::SymNode SymNode::sym_ite(const c10::SymNode& then_value, const c10::SymNode& else_value) {
  const bool real = is_real(then_value) || is_real(else_value);
  return result("torch.sym_ite", {self(), then_value, else_value},
                {if_then_else(value_.expr, expr_of_node(then_value), expr_of_node(else_value)),
                 real ? SymbolType::real : SymbolType::integer});
}

c10::SymNode SymNode::ceil() {
  return unary("math.ceil", SymbolType::integer, ceil_to_int);
}
c10::SymNode SymNode::floor() {
  return unary("math.floor", SymbolType::integer, floor_to_int);
}
c10::SymNode SymNode::neg() {
  return unary("_operator.neg", value_.type, negate);
}
c10::SymNode SymNode::sym_not() {
  return unary("torch.sym_not", SymbolType::boolean, logical_not);
}
c10::SymNode SymNode::sym_float() {
  return is_float() ? self() : unary("torch.sym_float", SymbolType::real, to_float);
}

at::Tensor SymNode::as_tensor() {
  return number_tensor(self());
}

c10::SymNode SymNode::trunc() {
  return is_int() ? self() : unary("math.trunc", SymbolType::integer, trunc_to_int);
}
c10::SymNode SymNode::round() {
  return is_int() ? self() : unary("builtins.round", SymbolType::integer, round_to_int);
}
c10::SymNode SymNode::lshift(const c10::SymNode& other) {
  return apply({"_operator.lshift", shifted_left, shifted_left, {}}, other);
}
c10::SymNode SymNode::rshift(const c10::SymNode& other) {
  return apply({"_operator.rshift", shifted_right, shifted_right, {}}, other);
}
c10::SymNode SymNode::sqrt() {
  return unary("torch._sym_sqrt", SymbolType::real, square_root);
}

c10::SymNode SymNode::clone() {
  auto copy = c10::make_intrusive<SymNode>(symbols_, value_);
  copy->place_ = place_;
  return copy;
}

c10::SymNode SymNode::wrap_int(std::int64_t number) {
  return c10::make_intrusive<SymNode>(symbols_,
                                      SymbolicValue{integer(number), SymbolType::integer});
}
c10::SymNode SymNode::wrap_float(double number) {
  return c10::make_intrusive<SymNode>(symbols_, SymbolicValue{floating(number), SymbolType::real});
}
c10::SymNode SymNode::wrap_bool(bool truth) {
  return c10::make_intrusive<SymNode>(symbols_, SymbolicValue{boolean(truth), SymbolType::boolean});
}

std::int64_t SymNode::guard_int(const char*, std::int64_t) {
  return to_int(symbols_->read(value_.expr));
}
double SymNode::guard_float(const char*, std::int64_t) {
  return to_double(symbols_->read(value_.expr));
}
bool SymNode::guard_bool(const char*, std::int64_t) {
  return symbols_->decide(value_.expr);
}

bool SymNode::guard_size_oblivious(const char*, std::int64_t) {
  return symbols_->decide_or(value_.expr, false);
}
bool SymNode::guard_or_false(const char*, std::int64_t) {
  return symbols_->decide_or(value_.expr, false);
}
bool SymNode::guard_or_true(const char*, std::int64_t) {
  return symbols_->decide_or(value_.expr, true);
}
bool SymNode::statically_known_true(const char*, std::int64_t) {
  return symbols_->env.statically_known(value_.expr).value_or(false);
}
bool SymNode::expect_true(const char*, std::int64_t) {
  symbols_->require(value_.expr);
  return true;
}

std::optional<std::int64_t> SymNode::constant_int() {
  if (value_.expr.kind != ExprKind::integer) return std::nullopt;
  return std::get<std::int64_t>(value_.expr.value);
}

std::optional<bool> SymNode::constant_bool() {
  if (value_.expr.kind != ExprKind::boolean) return std::nullopt;
  return std::get<bool>(value_.expr.value);
}

bool SymNode::is_constant() {
  return value_.expr.kind == ExprKind::integer || value_.expr.kind == ExprKind::boolean ||
         value_.expr.kind == ExprKind::floating;
}

SymNode* as_sym_node(const c10::SymNode& node) {
  return dynamic_cast<SymNode*>(node.get());
}

Expr expr_of(const c10::SymInt& number) {
  if (const auto plain = number.maybe_as_int()) return integer(*plain);
  return expr_of_node(number.toSymNode());
}

namespace {

template <typename Result, typename Plain>
Result make_symbolic(const std::shared_ptr<Symbols>& symbols, Expr expr, SymbolType type,
                     SymNode::Place place, ExprKind literal) {
  if (expr.kind == literal) return std::get<Plain>(expr.value);
  auto node = c10::make_intrusive<SymNode>(symbols, SymbolicValue{std::move(expr), type});
  node->place() = std::move(place);
  return Result(c10::SymNode(std::move(node)));
}

}  // namespace

c10::SymInt make_sym_int(const std::shared_ptr<Symbols>& symbols, Expr expr, SymNode::Place place) {
  return make_symbolic<c10::SymInt, std::int64_t>(symbols, std::move(expr), SymbolType::integer,
                                                  std::move(place), ExprKind::integer);
}
c10::SymFloat make_sym_float(const std::shared_ptr<Symbols>& symbols, Expr expr,
                             SymNode::Place place) {
  return make_symbolic<c10::SymFloat, double>(symbols, std::move(expr), SymbolType::real,
                                              std::move(place), ExprKind::floating);
}
c10::SymBool make_sym_bool(const std::shared_ptr<Symbols>& symbols, Expr expr,
                           SymNode::Place place) {
  return make_symbolic<c10::SymBool, bool>(symbols, std::move(expr), SymbolType::boolean,
                                           std::move(place), ExprKind::boolean);
}

std::int64_t value_in_this_run(const c10::SymInt& number) {
  if (const auto plain = number.maybe_as_int()) return *plain;
  return to_int(value_in_this_run(number.toSymNode()));
}

Number value_in_this_run(const c10::SymNode& number) {
  const auto* node = as_sym_node(number);
  if (node == nullptr) throw CaptureError("a symbolic number of another capture is used");
  return node->symbols().env.value_in_this_run(node->expr());
}

}  // namespace roundtrip
