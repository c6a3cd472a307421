#include "export/capture/control_flow/branch_results.h"

#include <algorithm>
#include <limits>

#include "export/symbolic/expr/algebra.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using Bounds = std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>;

class BranchMerger {
 public:
  explicit BranchMerger(Recorder& outer) : outer_(outer), symbols_(outer.symbols()) {}

  Value merge(const Value& taken, const Value& other) {
    if (taken.is_int()) return merge_number(taken.to_int(), other.to_int());
    const at::Tensor& tensor = taken.tensor();
    const std::vector<c10::SymInt> sizes = sizes_of(tensor);
    const std::vector<c10::SymInt> others = sizes_of(other.tensor());
    SymbolicLayout layout;
    bool same_sizes = true;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const bool equal = is_same(sizes[i], others[i]);
      same_sizes = same_sizes && equal;
      layout.sizes.push_back(equal ? sizes[i] : new_size(sizes[i], others[i]));
    }
    if (same_sizes) return taken;
    const at::Tensor concrete = concrete_of(tensor);
    layout.strides = strides_in_order_of(concrete, layout.sizes);
    return with_layout(concrete, layout, symbols_);
  }

 private:
  Value merge_number(std::int64_t taken, std::int64_t other) {
    if (taken == other) return taken;
    const c10::SymInt number = outer_.numbers().new_number(taken);
    require_bounds(number, {std::min(taken, other), std::max(taken, other)});
    return number;
  }

  bool is_same(const c10::SymInt& left, const c10::SymInt& right) const {
    const Expr one = symbols_->env.simplify(expr_of(left));
    return !symbols_->env.has_unbacked(one) && same(one, symbols_->env.simplify(expr_of(right)));
  }

  /// Python takes the bounds of literals and symbols, and none of other expressions.
  Bounds bounds_of(const c10::SymInt& size) const {
    const Expr expr = symbols_->env.simplify(expr_of(size));
    const bool known = expr.kind == ExprKind::symbol || expr.kind == ExprKind::integer;
    return known ? symbols_->env.range_of(expr) : Bounds{};
  }

  c10::SymInt new_size(const c10::SymInt& left, const c10::SymInt& right) {
    const Bounds one = bounds_of(left);
    const Bounds other = bounds_of(right);
    Bounds both;
    if (one.first && other.first) both.first = std::min(*one.first, *other.first);
    if (one.second && other.second) both.second = std::max(*one.second, *other.second);
    c10::SymInt size = outer_.numbers().new_size(value_in_this_run(left), std::nullopt);
    outer_.graph().new_name("sym_size_int");
    require_bounds(size, {both.first.value_or(0), both.second});
    return size;
  }

  /// Python's frontend asserts bounds in the graph it traces, and again in the final one:
  /// names of the first are gone.
  void require_bounds(const c10::SymInt& number, const Bounds& bounds) {
    const Expr symbol = expr_of(number);
    if (bounds.first) {
      outer_.graph().new_name("ge");
      symbols_->env.require(greater_equal(symbol, integer(*bounds.first)));
    }
    if (bounds.second && *bounds.second < std::numeric_limits<std::int64_t>::max() - 1) {
      outer_.graph().new_name("le");
      symbols_->env.require(less_equal(symbol, integer(*bounds.second)));
    }
  }

  Recorder& outer_;
  const std::shared_ptr<Symbols>& symbols_;
};

}  // namespace

Values merge_branches(Recorder& outer, const Subgraph& if_true, const Subgraph& if_false,
                      bool takes_true) {
  BranchMerger merger(outer);
  const Values& taken = takes_true ? if_true.results : if_false.results;
  const Values& others = takes_true ? if_false.results : if_true.results;
  Values results;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    results.push_back(merger.merge(taken[i], others[i]));
  }
  return results;
}

}  // namespace roundtrip
