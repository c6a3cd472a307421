#include "export/symbolic/constraints/suggested_fixes.h"

#include <algorithm>
#include <map>
#include <set>

#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

using Kind = SizeConstraint::Kind;

/// What is suggested for one dimension: to be equal to something, or bounds.
struct Fix {
  std::optional<Expr> equal_to;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;

  bool has_bounds() const { return min || max; }
  bool is_specialised() const { return equal_to && is_integer(*equal_to); }
  bool is_related() const { return equal_to && !is_integer(*equal_to); }
};

/// A dimension that the user named, or the root of one.
struct NamedDim {
  bool derived = false;
  std::string root;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
  std::int64_t min = 0;
  std::int64_t max = kInfinity;
};

std::map<std::string, NamedDim> named_dims(const std::vector<InputSize>& inputs) {
  std::map<std::string, NamedDim> dims;
  for (const auto& [source, hint, asked, expr] : inputs) {
    auto min = asked.min.value_or(0), max = asked.max.value_or(kInfinity);
    if (asked.kind == Kind::named) dims[asked.name] = {false, {}, 1, 0, min, max};
    if (asked.kind != Kind::derived) continue;
    dims[asked.name] = {true, asked.root, asked.factor, asked.offset, min, max};
    dims.try_emplace(
        asked.root,
        NamedDim{false, {}, 1, 0, asked.root_min.value_or(0), asked.root_max.value_or(kInfinity)});
  }
  return dims;
}

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) {
  return -*python::floor_divide(-a, b);
}

Expr dim_symbol(const std::string& name) {
  return symbol(name, Assumptions::none);
}

/// The suggestions, by the dimension's name.
class Fixes {
 public:
  Fixes(const std::vector<InputSize>& inputs, const DimNames& names)
      : dims_(named_dims(inputs)), names_(names) {
    for (const auto& [source, hint, asked, expr] : inputs) asked_[source] = &asked;
  }

  void add_size(const std::string& source, const DimSolver::Size& size) {
    if (!names_.has(source)) return;
    const auto& name = names_.of(source);
    auto& fix = fixes_[name];
    if (size.only) {
      fix.equal_to = integer(*size.only);
      return;
    }
    if (size.modulus > 1) {
      auto offset = size.remainder == 0 ? 0 : size.remainder - size.modulus;
      fix.equal_to = add(multiply(integer(size.modulus), dim_symbol("_" + name)), integer(offset));
    }
    fix.min = size.min;
    fix.max = size.max;
  }

  void add_equality(const std::string& source, const Expr& expr, const SymbolSources& sources) {
    std::unordered_map<std::string, Expr> roots;
    bool any_named = names_.has(source);
    for (const auto& name : free_symbols(expr)) {
      const auto& root_source = sources.at(name);
      if (!names_.has(root_source)) {
        if (!dims_.contains(root_source)) return;
        roots.emplace(name, dim_symbol(root_source));
        continue;
      }
      any_named = true;
      roots.emplace(name, definition(root_source));
    }
    auto target = substitute(expr, roots);
    bool itself = target.kind == ExprKind::symbol && target.name == names_.of(source);
    if (any_named && !itself) fixes_[names_.of(source)].equal_to = target;
  }

  std::string text() {
    introduce_roots();
    swap_roots();
    return render();
  }

 private:
  /// A dimension's size by its root's name.
  Expr definition(const std::string& source) const {
    const auto& asked = *asked_.at(source);
    if (asked.kind != Kind::derived) return dim_symbol(names_.of(source));
    return add(multiply(integer(asked.factor), dim_symbol(asked.root)), integer(asked.offset));
  }

  static std::string root_of(const Expr& expr) { return free_symbols(expr).at(0); }

  /// `dx = 3*_dx + 1` brings in a new root, which gets the bounds.
  void introduce_roots() {
    std::map<std::string, Fix> added;
    for (auto& [name, fix] : fixes_) {
      if (!fix.is_related()) continue;
      auto root = root_of(*fix.equal_to);
      if (dims_.contains(root)) continue;
      introduced_[root] = name;
      auto factor = integer(0), offset = integer(0);
      for (const auto& term : terms_of(*fix.equal_to)) {
        (is_number(term) ? offset : factor) = split_coefficient(term).coefficient;
      }
      auto modulus = integer_value(factor), remainder = integer_value(offset);
      auto scaled = [&](std::int64_t bound) { return fitting(python::subtract(bound, remainder)); };
      auto max = fix.max ? *python::floor_divide(scaled(*fix.max), modulus) : kInfinity;
      added[root] = {{}, ceil_divide(scaled(fix.min.value_or(2)), modulus), max};
      dims_[root] = {false, {}, 1, 0, *added[root].min, max};
      fix.min = fix.max = std::nullopt;
    }
    fixes_.merge(added);
    for (const auto& [root, old_root] : introduced_) {
      auto replacement = *fixes_[old_root].equal_to;
      for (auto& [name, fix] : fixes_) {
        if (fix.is_related() && root_of(*fix.equal_to) == old_root) {
          fix.equal_to = substitute(*fix.equal_to, {{old_root, replacement}});
        }
      }
    }
  }

  bool is_unchanged(const Fix& fix, const NamedDim& dim) const {
    auto min = fix.min.value_or(2);
    return !dim.derived && fix.has_bounds() && ((dim.min < 2 && min == 2) || dim.min == min) &&
           dim.max == fix.max.value_or(kInfinity);
  }

  std::set<std::string> modified_roots() const {
    std::set<std::string> roots;
    for (const auto& [name, fix] : fixes_) {
      auto dim = dims_.find(name);
      if (dim == dims_.end()) continue;
      if (!dim->second.derived && fix.has_bounds()) {
        roots.insert(name);
      } else if (fix.is_related()) {
        roots.insert(root_of(*fix.equal_to));
      }
    }
    for (const auto& [root, old_root] : introduced_) roots.erase(root);
    return roots;
  }

  /// The bounds of a root whose derived dimension has become the root.
  std::optional<Fix> swapped(const std::string& root) const {
    for (const auto& [name, fix] : fixes_) {
      auto found = dims_.find(name);
      if (found == dims_.end() || !found->second.derived) continue;
      const auto& dim = found->second;
      if (dim.root != root || !fix.has_bounds()) continue;
      Fix result;
      auto root_of = [&](std::int64_t bound) {
        return fitting(python::subtract(bound, dim.offset)) / dim.factor;
      };
      if (fix.min) result.min = root_of(*fix.min);
      if (fix.max) result.max = root_of(*fix.max);
      if (!is_unchanged(result, dims_.at(root))) return result;
    }
    return {};
  }

  /// Only roots are suggested, not what is derived from them.
  void swap_roots() {
    auto roots = modified_roots();
    std::map<std::string, Fix> values;
    for (const auto& root : roots) {
      auto found = fixes_.find(root);
      bool direct =
          found != fixes_.end() && (found->second.has_bounds() || found->second.is_specialised());
      if (!direct) {
        if (auto fix = swapped(root)) values[root] = *fix;
      } else if (!is_unchanged(found->second, dims_.at(root))) {
        values[root] = found->second;
      }
    }
    std::erase_if(fixes_, [&](const auto& entry) {
      auto dim = dims_.find(entry.first);
      return dim != dims_.end() && (dim->second.derived || roots.contains(entry.first));
    });
    for (auto& [root, fix] : values) fixes_[root] = fix;
  }

  static std::string bound_text(std::int64_t bound) {
    return bound == kInfinity ? "oo" : std::to_string(bound);
  }

  static std::string dim_text(const std::string& name, const Fix& fix) {
    std::string text = name + " = Dim('" + name + "'";
    if (fix.min && *fix.min != 2) text += ", min=" + bound_text(*fix.min);
    if (fix.max) text += ", max=" + bound_text(*fix.max);
    return text + ")";
  }

  /// Sums and products of one symbol and whole numbers, which a dimension can be.
  static bool is_supported(const Expr& expr) {
    if (expr.kind == ExprKind::symbol || is_integer(expr)) return true;
    if (expr.kind != ExprKind::add && expr.kind != ExprKind::mul) return false;
    if (expr.children.size() != 2) return false;
    const auto& left = expr.children[0];
    const auto& right = expr.children[1];
    return (is_integer(left) && is_supported(right)) || (is_integer(right) && is_supported(left));
  }

  std::string render() const {
    std::vector<std::pair<std::string, std::string>> order;
    for (const auto& [name, fix] : fixes_) order.emplace_back(names_.with_sources(name), name);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string dims, others;
    for (const auto& [key, name] : order) {
      const auto& fix = fixes_.at(name);
      if (!fix.equal_to) {
        dims += "\n  " + dim_text(name, fix);
      } else if (is_supported(*fix.equal_to)) {
        others += "\n  " + name + " = " + to_string(*fix.equal_to);
      }
    }
    if (dims.empty() && others.empty()) return "";
    return "\nSuggested fixes:" + dims + others;
  }

  std::map<std::string, NamedDim> dims_;
  const DimNames& names_;
  std::map<std::string, const SizeConstraint*> asked_;
  std::map<std::string, Fix> fixes_;
  std::map<std::string, std::string> introduced_;  ///< old root by new root
};

/// Sizes that were asked to be dynamic and can only be one.
std::string forced_specialisations(const std::vector<InputSize>& inputs, const DimNames& names,
                                   const DimSolver& solver, const SymbolSources& sources) {
  auto dims = named_dims(inputs);
  std::map<std::string, std::pair<std::string, std::int64_t>> by_source;
  std::set<std::string> roots;
  for (const auto& [name, size] : solver.sizes()) {
    const auto& source = sources.at(name);
    if (!size.only || !names.has(source)) continue;
    const auto& dim_name = names.of(source);
    by_source[source] = {dim_name, *size.only};
    const auto& dim = dims.at(dim_name);
    roots.insert(dim.derived ? dim.root : dim_name);
  }
  if (by_source.empty()) return "";
  std::string list, lines;
  for (const auto& root : roots) list += (list.empty() ? "" : ", ") + root;
  for (const auto& [source, entry] : by_source) {
    lines += "  - solving the guards generated for " + entry.first + " = " + source +
             " resulted in a specialized value of " + std::to_string(entry.second) + ".\n";
  }
  return "Specializations unexpectedly required (" + list + ")!\n" + lines;
}

}  // namespace

std::string suggested_fixes(const std::vector<InputSize>& inputs, const DimNames& names,
                            const DimSolver& solver, const SymbolSources& sources) {
  if (names.empty()) return "";
  Fixes fixes(inputs, names);
  for (const auto& [name, size] : solver.sizes()) {
    fixes.add_size(sources.at(name), size);
  }
  for (const auto& [source, expr] : solver.equalities()) {
    fixes.add_equality(source, expr, sources);
  }
  return forced_specialisations(inputs, names, solver, sources) + fixes.text();
}

}  // namespace roundtrip
