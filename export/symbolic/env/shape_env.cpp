#include "export/symbolic/env/shape_env.h"

#include <algorithm>

#include "export/symbolic/env/data_dependent.h"
#include "export/symbolic/env/shape_env_state.h"
#include "export/symbolic/expr/conditions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

namespace {

bool is_size_source(const std::string& source) {
  return source.find(".size()[") != source.npos;
}

bool has_own_range(const SizeConstraint& asked) {
  return !asked.symbol.empty() || asked.is_by_user();
}

/// What ranges and relations say: all that decides which guards a program has, so that
/// they are Python's.
std::optional<bool> known_to(Knowledge& knowledge, const Expr& condition) {
  auto known = knowledge.evaluate(condition);
  if (!known) return {};
  return std::visit([](auto value) { return value != 0; }, known->value);
}

/// `2 <= u0`: told by the range of `u0`, which is asserted as such.
bool is_bound(const Expr& condition) {
  if (condition.kind != ExprKind::less_equal) return false;
  const auto& left = condition.children[0];
  const auto& right = condition.children[1];
  return (is_number(left) && right.kind == ExprKind::symbol) ||
         (is_number(right) && left.kind == ExprKind::symbol);
}

void check_hint(const std::string& source, std::int64_t hint, const ValueRange& range) {
  if (range.is_single() && range.low != hint) {
    throw CaptureError("Static shape constraint of " + std::to_string(range.low) +
                       " does not match input size of " + std::to_string(hint) + ", for " + source);
  }
  if (!range.contains(hint)) {
    throw CaptureError(std::to_string(hint) + " not in range [" + bound_text(range.low) + ", " +
                       bound_text(range.high) + "]");
  }
}

/// A derived size has to have a whole root.
void check_root(const std::string& source, std::int64_t hint, const SizeConstraint& asked) {
  if (asked.kind != SizeConstraint::Kind::derived) return;
  auto multiple = python::subtract(hint, asked.offset);
  if (multiple && *multiple % asked.factor == 0) return;
  auto dimension = source.substr(source.rfind('['));
  auto form = add(multiply(integer(asked.factor), symbol(asked.root, Assumptions::integer)),
                  integer(asked.offset));
  throw CaptureError("Expected shape" + dimension + " = " + std::to_string(hint) +
                     " of input Tensor to be of the form " + to_string(form) + ", where " +
                     asked.root + " is an integer");
}

/// Sizes of 0 and 1 are specialised unless the user named the dimension or it is a number.
bool becomes_literal(const SizeConstraint& asked, std::int64_t hint, bool at_least_two) {
  if (asked.kind == SizeConstraint::Kind::fixed) return true;
  if (at_least_two && (hint == 0 || hint == 1)) return true;
  return has_own_range(asked) && asked.min && asked.min == asked.max && asked.min == hint;
}

}  // namespace

ShapeEnv::ShapeEnv(ShapeEnvOptions options) : state_(std::make_unique<State>()), options_(options) {
  state_->knowledge.only_linear_replacements = options.prefer_deferred_runtime_asserts;
}

ShapeEnv::~ShapeEnv() = default;

Expr ShapeEnv::add_input(const std::string& source, std::int64_t hint,
                         const SizeConstraint& asked) {
  bool is_size = is_size_source(source);
  bool root_known =
      std::any_of(state_->inputs.begin(), state_->inputs.end(),
                  [&](const InputSize& input) { return input.asked.name == asked.root; });
  if (!root_known) check_root(source, hint, asked);
  Expr expr = integer(hint);
  const bool at_least_two = is_size && !backed_size_oblivious();
  if (!becomes_literal(asked, hint, at_least_two)) {
    const std::string name = asked.symbol.empty() || asked.kind == SizeConstraint::Kind::derived
                                 ? "s" + std::to_string(state_->numbers.take(source))
                                 : asked.symbol;
    expr = symbol(name, at_least_two ? Assumptions::positive_integer : Assumptions::integer);
    ValueRange range = is_size ? ValueRange{at_least_two ? 2 : 0, kInfinity} : ValueRange{};
    if (has_own_range(asked)) range = range & asked.range();
    check_hint(source, hint, range);
    if (state_->knowledge.find(name) == nullptr) {
      state_->knowledge.add_symbol({expr, hint, false, is_size && !at_least_two, range, {source}});
    }
  }
  state_->inputs.push_back({source, hint, asked, expr});
  return expr;
}

const std::vector<InputSize>& ShapeEnv::inputs() const {
  return state_->inputs;
}

Expr ShapeEnv::add_float_input(const std::string& source, double hint) {
  auto expr = symbol("zf" + std::to_string(state_->numbers.take(source)), Assumptions::real);
  state_->knowledge.add_symbol({expr, hint, false, false, {}, {source}});
  return expr;
}

Expr ShapeEnv::new_unbacked_int(std::int64_t value) {
  auto expr = symbol("u" + std::to_string(state_->unbacked_ints++), Assumptions::integer);
  state_->knowledge.add_symbol({expr, value, true, false, {}, {}});
  return expr;
}

Expr ShapeEnv::new_unbacked_float(double value) {
  auto expr = symbol("zuf" + std::to_string(state_->unbacked_floats++), Assumptions::none);
  state_->knowledge.add_symbol({expr, value, true, false, {}, {}});
  return expr;
}

Expr ShapeEnv::new_unbacked_bool(bool value) {
  auto expr = symbol("u" + std::to_string(state_->unbacked_ints++), Assumptions::integer);
  state_->knowledge.add_symbol({expr, std::int64_t{value}, true, false, {0, 1}, {}});
  return equal(expr, integer(1));
}

void ShapeEnv::set_value_in_this_run(const Expr& symbol, std::int64_t value) {
  state_->knowledge.find(symbol.name)->value = value;
}

void ShapeEnv::mark_size(const Expr& symbol, std::optional<std::int64_t> max) {
  auto expr = simplify(symbol);
  if (expr.kind != ExprKind::symbol) {
    require(greater_equal(expr, integer(0)));
    return;
  }
  state_->knowledge.narrow(expr.name, {0, max.value_or(kInfinity)});
  state_->knowledge.find(expr.name)->is_size = true;
}

Number ShapeEnv::value_in_this_run(const Expr& expr) const {
  return state_->knowledge.value_in_this_run(expr);
}

bool ShapeEnv::has_unbacked(const Expr& expr) const {
  return state_->knowledge.has_unbacked(expr);
}

Expr ShapeEnv::simplify(const Expr& expr) {
  return state_->knowledge.replace(expr);
}

std::optional<bool> ShapeEnv::statically_known(const Expr& condition) {
  if (auto known = known_to(state_->knowledge, condition)) return known;
  return state_->prover.decide(condition, state_->knowledge);
}

bool ShapeEnv::guard(const Expr& condition) {
  auto& knowledge = state_->knowledge;
  if (auto known = known_to(knowledge, condition)) return *known;
  auto expr = knowledge.replace(condition);
  if (has_unbacked(expr)) expr = knowledge.simplify(expr);
  if (has_unbacked(expr)) {
    if (auto proved = state_->prover.decide(expr, knowledge)) return *proved;
    throw data_dependent_error(knowledge, expr);
  }
  bool holds = std::visit([](auto value) { return value != 0; }, value_in_this_run(expr));
  add_guard(holds ? expr : logical_not(expr));
  return holds;
}

/// What ranges and replacements express of it needs no assertion.
void ShapeEnv::add_guard(const Expr& guard) {
  if (!options_.prefer_deferred_runtime_asserts) {
    state_->knowledge.learn(guard);
    state_->guards.push_back(guard);
    return;
  }
  state_->knowledge.refine(guard);
  if (!known_to(state_->knowledge, guard)) defer(guard, "");
}

void ShapeEnv::defer(const Expr& condition, const std::string& message) {
  state_->knowledge.learn(condition);
  auto assertion = canonical_condition(condition);
  bool told_by_range = is_bound(assertion) && has_unbacked(assertion);
  if (!told_by_range) state_->deferred.push_back({std::move(assertion), message});
}

std::string ShapeEnv::specialization_warning(const Expr& number, const Expr& value) {
  auto what = to_string(number);
  if (number.kind == ExprKind::symbol) {
    const auto& sources = state_->knowledge.find(number.name)->sources;
    if (!sources.empty()) what = sources.front();
  }
  return what + " was read as a plain number, so the program holds for " + to_string(value) +
         " only. Read it as a symbol (sym_size, the _symint functions) to keep it dynamic.";
}

Number ShapeEnv::specialize(const Expr& number) {
  auto& knowledge = state_->knowledge;
  if (auto known = knowledge.evaluate(number)) return known->value;
  auto expr = knowledge.replace(number);
  if (has_unbacked(expr)) throw data_dependent_error(knowledge, expr);
  auto value = value_in_this_run(expr);
  auto literal = std::holds_alternative<double>(value) ? floating(std::get<double>(value))
                                                       : integer(std::get<std::int64_t>(value));
  state_->warnings.push_back(specialization_warning(expr, literal));
  add_guard(equal(expr, literal));
  return value;
}

void ShapeEnv::require(const Expr& condition, const std::string& message) {
  auto& knowledge = state_->knowledge;
  auto expr = knowledge.replace(condition);
  auto reason =
      message.empty() ? "Runtime assertion failed for expression " + to_string(expr) : message;
  if (auto known = known_to(knowledge, expr)) {
    if (!*known) throw CaptureError(reason);
    return;
  }
  if (has_unbacked(expr)) return defer(expr, message);
  if (!options_.prefer_deferred_runtime_asserts) {
    if (!guard(expr)) throw CaptureError(reason);
    return;
  }
  if (!std::get<bool>(value_in_this_run(expr))) throw CaptureError(reason);
  defer(expr, message);
}

std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> ShapeEnv::range_of(
    const Expr& expr) {
  auto range = state_->knowledge.range_of(simplify(expr));
  return {finite(range.low), finite(range.high)};
}

const std::vector<DeferredAssert>& ShapeEnv::deferred_asserts() const {
  return state_->deferred;
}

std::vector<Expr> ShapeEnv::guards() const {
  return state_->guards;
}

const std::vector<std::string>& ShapeEnv::warnings() const {
  return state_->warnings;
}

}  // namespace roundtrip
