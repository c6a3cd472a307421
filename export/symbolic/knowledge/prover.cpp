#include "export/symbolic/knowledge/prover.h"

#include <roundtrip/error.h>
#include <z3++.h>

#include <algorithm>
#include <set>

#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"

namespace roundtrip {

namespace {

constexpr unsigned kMaxSteps = 200'000;
constexpr std::size_t kMaxConditions = 64;

bool as_bool(const Number& number) {
  return std::visit([](auto value) { return value != 0; }, number);
}

/// The conditions that have to do with the symbols, directly or through each other.
std::vector<Expr> related_conditions(const Expr& condition, const Knowledge& knowledge,
                                     std::set<std::string>& names) {
  for (auto& name : free_symbols(condition)) names.insert(std::move(name));
  std::vector<Expr> related;
  std::vector<const Expr*> others;
  for (const auto& known : knowledge.conditions()) others.push_back(&known);
  for (bool grown = true; grown && related.size() < kMaxConditions;) {
    auto touches = [&](const Expr* known) {
      auto own = free_symbols(*known);
      bool shares = std::any_of(own.begin(), own.end(),
                                [&](const std::string& name) { return names.contains(name); });
      if (shares) related.push_back(*known);
      if (shares) names.insert(own.begin(), own.end());
      return shares;
    };
    grown = std::erase_if(others, touches) > 0;
  }
  return related;
}

/// Points near this run's, one symbol changed at a time.
std::vector<std::pair<std::string, std::int64_t>> nearby_points(const std::set<std::string>& names,
                                                                const Knowledge& knowledge) {
  std::vector<std::pair<std::string, std::int64_t>> points;
  for (const auto& name : names) {
    auto* facts = knowledge.find(name);
    auto* value = facts ? std::get_if<std::int64_t>(&facts->value) : nullptr;
    if (!value) continue;
    auto [low, high] = facts->range;
    for (auto candidate : {*value + 1, *value - 1, *value + 7, low, low + 1, high}) {
      bool infinite = candidate == ValueRange::kInfinity || candidate <= -ValueRange::kInfinity + 1;
      if (!infinite && facts->range.contains(candidate)) points.emplace_back(name, candidate);
    }
  }
  return points;
}

Bindings values_in_this_run(const std::set<std::string>& names, const Knowledge& knowledge) {
  Bindings bindings;
  for (const auto& name : names) {
    if (auto* facts = knowledge.find(name)) bindings[name] = facts->value;
  }
  return bindings;
}

/// Whether the condition is something else than `answer` at a point that fulfils all
/// that is known: then nothing needs to be tried.
bool has_counterexample(const Expr& condition, bool answer, const std::vector<Expr>& known,
                        const std::set<std::string>& names, const Knowledge& knowledge) {
  for (const auto& [name, value] : nearby_points(names, knowledge)) {
    auto bindings = values_in_this_run(names, knowledge);
    bindings[name] = value;
    try {
      bool possible = std::all_of(known.begin(), known.end(), [&](const Expr& fact) {
        return as_bool(evaluate(fact, bindings));
      });
      if (possible && as_bool(evaluate(condition, bindings)) != answer) return true;
    } catch (const ProgramError&) {
      // Not defined at this point: says nothing.
    }
  }
  return false;
}

/// An expression that has no counterpart in integer arithmetic.
struct NotTranslatable {};

}  // namespace

class Prover::Solver {
 public:
  /// Whether the facts leave no point at which `condition` is `value`.
  bool excludes(const Expr& condition, bool value, const std::vector<Expr>& facts,
                const std::set<std::string>& names, const Knowledge& knowledge) {
    z3::solver solver(context_);
    z3::params params(context_);
    params.set("rlimit", kMaxSteps);
    solver.set(params);
    for (const auto& name : names) add_range(solver, name, knowledge);
    for (const auto& fact : facts) add_fact(solver, fact);
    auto goal = translate(condition);
    solver.add(value ? goal : !goal);
    return solver.check() == z3::unsat;
  }

 private:
  void add_range(z3::solver& solver, const std::string& name, const Knowledge& knowledge) {
    auto* facts = knowledge.find(name);
    if (!facts || !is_integer_valued(facts->symbol)) return;
    auto symbol = context_.int_const(name.c_str());
    auto [low, high] = facts->range;
    if (low != -ValueRange::kInfinity) solver.add(symbol >= number(low));
    if (high != ValueRange::kInfinity) solver.add(symbol <= number(high));
  }

  void add_fact(z3::solver& solver, const Expr& fact) {
    try {
      solver.add(translate(fact));
    } catch (const NotTranslatable&) {
      // A fact less proves less.
    }
  }

  z3::expr number(std::int64_t value) { return context_.int_val(value); }

  z3::expr child(const Expr& expr, std::size_t i) { return translate(expr.children[i]); }

  template <typename Op>
  z3::expr fold(const Expr& expr, Op op) {
    auto result = child(expr, 0);
    for (std::size_t i = 1; i < expr.children.size(); ++i) result = op(result, child(expr, i));
    return result;
  }

  /// Rounded towards minus infinity; Z3's own makes remainders positive.
  z3::expr floor_divide(const Expr& division) {
    auto a = child(division, 0), b = child(division, 1);
    if (is_positive_literal(division.children[1])) return a / b;
    return z3::ite(b > 0, a / b, (-a) / (-b));
  }

  z3::expr modulo(const Expr& expr) {
    auto a = child(expr, 0), b = child(expr, 1);
    if (is_positive_literal(expr.children[1])) return z3::mod(a, b);
    return a - b * floor_divide(expr);
  }

  static bool is_positive_literal(const Expr& expr) {
    return is_integer(expr) && integer_value(expr) > 0;
  }

  z3::expr power(const Expr& expr) {
    if (!is_integer(expr.children[1])) throw NotTranslatable{};
    auto exponent = integer_value(expr.children[1]);
    if (exponent < 0 || exponent > 4) throw NotTranslatable{};
    auto base = child(expr, 0), result = number(1);
    for (std::int64_t i = 0; i < exponent; ++i) result = result * base;
    return result;
  }

  z3::expr translate(const Expr& expr);
  std::optional<z3::expr> translate_leaf(const Expr& expr);
  std::optional<z3::expr> translate_arithmetic(const Expr& expr);
  std::optional<z3::expr> translate_relation(const Expr& expr);

  z3::context context_;
};

std::optional<z3::expr> Prover::Solver::translate_leaf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
      return number(integer_value(expr));
    case ExprKind::boolean:
      return context_.bool_val(std::get<bool>(expr.value));
    case ExprKind::symbol:
      if (!is_integer_valued(expr)) throw NotTranslatable{};
      return context_.int_const(expr.name.c_str());
    default:
      return {};
  }
}

std::optional<z3::expr> Prover::Solver::translate_arithmetic(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::add:
      return fold(expr, [](const auto& a, const auto& b) { return a + b; });
    case ExprKind::mul:
      return fold(expr, [](const auto& a, const auto& b) { return a * b; });
    case ExprKind::pow:
      return power(expr);
    case ExprKind::max:
      return fold(expr, [](const auto& a, const auto& b) { return z3::ite(a >= b, a, b); });
    case ExprKind::min:
      return fold(expr, [](const auto& a, const auto& b) { return z3::ite(a <= b, a, b); });
    case ExprKind::floor_div:
    case ExprKind::clean_div:
      return floor_divide(expr);
    case ExprKind::mod:
    case ExprKind::python_mod:
      return modulo(expr);
    default:
      return {};
  }
}

std::optional<z3::expr> Prover::Solver::translate_relation(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::equal:
      return child(expr, 0) == child(expr, 1);
    case ExprKind::not_equal:
      return child(expr, 0) != child(expr, 1);
    case ExprKind::less:
      return child(expr, 0) < child(expr, 1);
    case ExprKind::less_equal:
      return child(expr, 0) <= child(expr, 1);
    case ExprKind::greater:
      return child(expr, 0) > child(expr, 1);
    case ExprKind::greater_equal:
      return child(expr, 0) >= child(expr, 1);
    case ExprKind::logical_and:
      return fold(expr, [](const auto& a, const auto& b) { return a && b; });
    case ExprKind::logical_or:
      return fold(expr, [](const auto& a, const auto& b) { return a || b; });
    case ExprKind::logical_not:
      return !child(expr, 0);
    default:
      return {};
  }
}

z3::expr Prover::Solver::translate(const Expr& expr) {
  if (auto leaf = translate_leaf(expr)) return *leaf;
  if (auto arithmetic = translate_arithmetic(expr)) return *arithmetic;
  if (auto relation = translate_relation(expr)) return *relation;
  throw NotTranslatable{};
}

Prover::Prover() = default;

Prover::~Prover() = default;

std::optional<bool> Prover::decide(const Expr& given, Knowledge& knowledge) {
  if (version_ != knowledge.version()) answers_.clear();
  version_ = knowledge.version();
  auto condition = knowledge.replace(given);
  auto known = answers_.find(condition);
  if (known != answers_.end()) return known->second;
  auto& answer = answers_[condition];
  std::set<std::string> names;
  auto facts = related_conditions(condition, knowledge, names);
  try {
    bool candidate = as_bool(knowledge.value_in_this_run(condition));
    if (has_counterexample(condition, candidate, facts, names, knowledge)) return answer;
    if (!solver_) solver_ = std::make_unique<Solver>();
    if (solver_->excludes(condition, !candidate, facts, names, knowledge)) answer = candidate;
  } catch (const NotTranslatable&) {
    // Floats and the like stay unanswered.
  } catch (const ProgramError&) {
    // Not defined in this run.
  } catch (const z3::exception&) {
    // Sorts that do not fit, such as a condition used as a number.
  }
  return answer;
}

}  // namespace roundtrip
