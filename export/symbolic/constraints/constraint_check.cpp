#include "export/symbolic/constraints/constraint_check.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <set>

#include "export/symbolic/expr/number.h"
#include "export/symbolic/text/python_code.h"

namespace roundtrip {

namespace {

using Kind = SizeConstraint::Kind;

bool is_size(const std::string& source) {
  return source.find(".size()[") != source.npos;
}

Expr unevaluated(ExprKind kind, Expr left, Expr right) {
  return {kind, {}, {}, {std::move(left), std::move(right)}};
}

}  // namespace

ConstraintCheck::ConstraintCheck(const std::vector<InputSize>& inputs,
                                 const std::vector<Expr>& guards,
                                 const std::vector<DeferredAssert>& asserts,
                                 const DimEqualities& equalities, Knowledge& knowledge)
    : inputs_(inputs),
      guards_(guards),
      asserts_(asserts),
      equalities_(equalities),
      knowledge_(knowledge),
      names_(inputs),
      solver_(knowledge) {
}

void ConstraintCheck::run() {
  track_inputs();
  check_equalities();
  check_guards();
  use_asserts();
  check_ranges();
  solver_.solve();
  report();
}

void ConstraintCheck::violated(const std::string& source, std::string message) {
  violations_.emplace_back(names_.of(source), std::move(message));
}

std::string ConstraintCheck::code(const Expr& expr) const {
  return python_code(expr, [&](const Expr& symbol) {
    auto source = sources_.find(symbol.name);
    return source != sources_.end() ? source->second : knowledge_.find(symbol.name)->sources.at(0);
  });
}

/// `dx = L['x'].size()[0] in the specified range 3 <= dx <= 10`.
std::string ConstraintCheck::described(const InputSize& input, const std::string& source) const {
  const auto& name = names_.of(source);
  auto range = input.asked.range();
  auto text = name + " = " + source + " in the specified range";
  bool has_low = range.low > 2, has_high = range.high != kInfinity;
  if (has_low || has_high) text += " ";
  if (has_low) text += std::to_string(range.low) + " <= ";
  if (has_low || has_high) text += name;
  if (has_high) text += " <= " + std::to_string(range.high);
  return text;
}

void ConstraintCheck::track_inputs() {
  for (const auto& input : inputs_) track(input, knowledge_.replace(input.expr));
  for (const auto& derivation : equalities_.derivations()) {
    if (derivation.root_is_input) continue;
    for (const auto& name : knowledge_.symbol_names()) {
      auto* facts = knowledge_.find(name);
      bool is_root = !facts->sources.empty() && facts->sources[0] == derivation.root;
      if (is_root && sources_.emplace(name, derivation.root).second) symbols_.push_back(name);
    }
  }
}

void ConstraintCheck::track(const InputSize& input, const Expr& expr) {
  if (expr.kind == ExprKind::symbol) {
    if (sources_.emplace(expr.name, input.source).second) symbols_.push_back(expr.name);
    if (input.asked.is_by_user()) asked_[expr.name].push_back(&input);
    return;
  }
  if (!is_number(expr)) return;
  auto value = integer_value(expr);
  const auto& asked = input.asked;
  bool as_asked = asked.min == value && asked.max == value;
  bool violates = (asked.is_by_user() && !as_asked) ||
                  (asked.kind == Kind::dynamic && value != 0 && value != 1);
  if (!violates) return;
  violated(input.source,
           "You marked " + names_.of(input.source) +
               " as dynamic but your code specialized it to be a constant (" +
               std::to_string(value) +
               "). If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or "
               "Dim::AUTO.");
}

void ConstraintCheck::check_equalities() {
  for (const auto& input : inputs_) {
    if (!is_size(input.source)) continue;
    auto expr = knowledge_.replace(input.expr);
    bool binds = expr.kind == ExprKind::symbol && sources_.at(expr.name) == input.source;
    if (!binds) check_equality(input, expr);
  }
}

void ConstraintCheck::check_equality(const InputSize& input, const Expr& expr) {
  solver_.add_equality(input.source, expr);
  auto names = free_symbols(expr);
  if (names.size() != 1 || !asked_.contains(names[0])) return;
  const auto& other = sources_.at(names[0]);
  const auto& own_name = names_.of(input.source);
  const auto& other_name = names_.of(other);
  if (expr.kind == ExprKind::symbol) {
    if (equalities_.are_equal(input.source, other)) return;
    violated(input.source, "The values of " + own_name + " = " + input.source + " and " +
                               other_name + " = " + other + " must always be equal.");
    return;
  }
  if (equalities_.is_derived(input.source, other, expr, names[0])) return;
  auto relation = substitute(expr, {{names[0], size_by_name(other)}});
  violated(input.source, "The values of " + own_name + " = " + input.source +
                             " must always be related to the values of " + other_name + " = " +
                             other + " by " + own_name + " = " + to_string(relation) + ".");
}

/// `dy - 6` of an input that was asked to be so.
Expr ConstraintCheck::size_by_name(const std::string& source) const {
  for (const auto& [input_source, hint, asked, expr] : inputs_) {
    if (input_source != source || asked.kind != Kind::derived) continue;
    return add(multiply(integer(asked.factor), symbol(asked.root, Assumptions::none)),
               integer(asked.offset));
  }
  return symbol(names_.of(source), Assumptions::none);
}

void ConstraintCheck::check_guards() {
  std::set<std::string> issued;
  for (const auto& guard : guards_) {
    if (knowledge_.evaluate_by_ranges(guard)) continue;
    auto expr = knowledge_.simplify(guard);
    if (issued.insert(to_string(expr)).second) check_guard(expr);
  }
}

/// Assertions on sizes of inputs stay in the program, but better dimensions may follow.
void ConstraintCheck::use_asserts() {
  for (const auto& [condition, message] : asserts_) {
    if (knowledge_.has_unbacked(condition)) continue;
    if (!knowledge_.evaluate_by_ranges(condition)) solver_.add(knowledge_.simplify(condition));
  }
}

void ConstraintCheck::check_guard(const Expr& guard) {
  auto names = free_symbols(guard);
  bool on_sizes = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    auto source = sources_.find(name);
    return source != sources_.end() && is_size(source->second);
  });
  bool trivial = on_sizes && solver_.add(guard);
  if (trivial || names.size() != 1) return;
  for (auto* input : asked_[names[0]]) {
    const auto& source = sources_.at(names[0]);
    violated(source, "Not all values of " + described(*input, source) +
                         " satisfy the generated guard " + code(guard) + ".");
  }
}

void ConstraintCheck::check_ranges() {
  for (const auto& name : symbols_) check_range(name, sources_.at(name));
}

void ConstraintCheck::check_range(const std::string& name, const std::string& source) {
  auto& facts = *knowledge_.find(name);
  const auto& range = facts.range;
  bool has_low = range.low != -kInfinity, has_high = range.high != kInfinity;
  auto low = unevaluated(ExprKind::less_equal, integer(range.low), facts.symbol);
  auto high = unevaluated(ExprKind::less_equal, facts.symbol, integer(range.high));
  if (is_size(source)) {
    if (has_low) solver_.add(low);
    if (has_high) solver_.add(high);
  }
  for (auto* input : asked_[name]) {
    if ((input->asked.range() & ValueRange{2, kInfinity}).is_within(range)) continue;
    std::string bounds = has_low ? code(low) : "-IntInfinity() <= " + source;
    bounds += " and " + (has_high ? code(high) : source + " <= IntInfinity()");
    violated(source, "Not all values of " + described(*input, source) +
                         " satisfy the generated guard " + bounds);
  }
}

void ConstraintCheck::report() const {
  auto fixes = suggested_fixes(inputs_, names_, solver_, sources_);
  bool forced = fixes.starts_with("Specializations");
  if (violations_.empty() && !forced) return;
  if (violations_.empty()) throw CaptureError(fixes);
  std::set<std::string> names;
  std::string lines, list;
  for (const auto& [name, message] : violations_) {
    names.insert(name);
    lines += (lines.empty() ? "" : "\n") + ("  - " + message);
  }
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  throw CaptureError("Constraints violated (" + list + ")!\n" + lines + fixes);
}

}  // namespace roundtrip
