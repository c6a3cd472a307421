#include "export/symbolic/shape_env.h"
#include "export/symbolic/shape_env_state.h"

/// What a capture ends with: guards and ranges.
namespace roundtrip {

namespace {

std::optional<std::int64_t> finite(std::int64_t bound) {
  if (bound == ValueRange::kInfinity || bound == -ValueRange::kInfinity) return {};
  return bound;
}

/// Python's ranges by expression, in order of coming up, narrowed when it comes up again.
class RangeTable {
 public:
  bool contains(const Expr& expr) const { return find(expr) != nullptr; }

  void narrow(const Expr& expr, const ValueRange& range) {
    if (auto* known = const_cast<Entry*>(find(expr))) {
      known->range = known->range & range;
    } else {
      entries_.push_back({expr, range & ValueRange{0, ValueRange::kInfinity}});
    }
  }

  void set(const Expr& expr, const ValueRange& range) {
    if (!contains(expr)) entries_.push_back({expr, range});
  }

  std::vector<ShapeEnv::Range> take() const {
    std::vector<ShapeEnv::Range> ranges;
    for (const auto& [expr, range] : entries_) {
      ranges.push_back({to_string(expr), finite(range.low), finite(range.high)});
    }
    return ranges;
  }

 private:
  struct Entry {
    Expr expr;
    ValueRange range;
  };

  const Entry* find(const Expr& expr) const {
    for (const auto& entry : entries_) {
      if (same(entry.expr, expr)) return &entry;
    }
    return nullptr;
  }

  std::vector<Entry> entries_;
};

}  // namespace

std::vector<ShapeEnv::Range> ShapeEnv::range_constraints() {
  auto& knowledge = state_->knowledge;
  RangeTable table;
  for (const auto& name : knowledge.symbol_names()) {
    auto& facts = *knowledge.find(name);
    if (facts.from_data) table.set(facts.symbol, facts.range);
  }
  std::vector<std::string> roots;
  for (const auto& input : state_->inputs) {
    auto expr = knowledge.replace(input.expr);
    if (expr.children.empty() && expr.kind != ExprKind::symbol) continue;
    bool by_user = input.asked.kind == SizeConstraint::Kind::named ||
                   input.asked.kind == SizeConstraint::Kind::derived;
    auto asked =
        ValueRange{input.asked.min.value_or(0), input.asked.max.value_or(ValueRange::kInfinity)};
    table.narrow(expr, by_user ? asked : knowledge.range_of(expr));
    for (auto& name : free_symbols(expr)) roots.push_back(std::move(name));
  }
  for (const auto& name : roots) {
    const auto& facts = *knowledge.find(name);
    table.set(facts.symbol, facts.range);
  }
  return table.take();
}

}  // namespace roundtrip
