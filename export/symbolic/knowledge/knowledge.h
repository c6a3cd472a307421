#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/knowledge/value_range.h"

namespace roundtrip {

/// One symbol of a capture.
struct SymbolFacts {
  Expr symbol;
  Number value;            ///< in this run
  bool from_data = false;  ///< then `value` must not be used by guards
  bool is_size = false;    ///< of those from data: said to be a size
  ValueRange range;
  std::vector<std::string> sources;  ///< of an input's: where it comes from
};

/// What is known of the symbols of a capture, and what follows from it: ranges, symbols
/// that others replace, conditions that were found to hold. Owned by a ShapeEnv.
class Knowledge {
 public:
  SymbolFacts& add_symbol(SymbolFacts facts);
  SymbolFacts* find(const std::string& name);
  const SymbolFacts* find(const std::string& name) const;
  /// In order of being made.
  const std::vector<std::string>& symbol_names() const { return names_; }

  bool has_unbacked(const Expr& expr) const;
  Number value_in_this_run(const Expr& expr) const;

  /// With symbols replaced by what they were found equal to.
  Expr replace(const Expr& expr);
  /// Also by what ranges and divisibility say, for proofs.
  Expr simplify(const Expr& expr);

  ValueRange range_of(const Expr& expr) const;
  void narrow(const std::string& name, ValueRange range);

  /// The expression as a literal if it has the same value whatever the symbols are.
  std::optional<Expr> evaluate(const Expr& expr);
  /// The same from ranges and replacements only, not from conditions that were added.
  std::optional<Expr> evaluate_by_ranges(const Expr& expr);

  /// `condition` holds from here on.
  void learn(const Expr& condition);
  /// What follows from it for ranges and replacements, and no more.
  void refine(const Expr& condition);

  /// Symbols are replaced by what a dimension can be, `2*s0 + 1`, and nothing else.
  bool only_linear_replacements = false;

  /// The conditions learned, as they were given.
  const std::vector<Expr>& conditions() const { return conditions_; }
  const std::map<std::string, Expr>& replacements() const { return replacements_; }
  /// Changes whenever anything new is known.
  std::int64_t version() const { return version_; }

 private:
  using Facts = std::unordered_map<Expr, bool, ExprHash, ExprEqual>;
  using Results = std::unordered_map<Expr, std::optional<Expr>, ExprHash, ExprEqual>;

  void changed();
  Expr find_replacement(const std::string& name);
  Expr simplify_node(const Expr& expr);
  Expr apply_facts(const Expr& expr) const;
  std::optional<Expr> evaluate_simplified(const Expr& expr) const;
  void use_relation(const Expr& relation);
  void refine_ranges(const Expr& relation);
  void solve_equality(const Expr& equality);
  void set_replacement(const std::string& name, const Expr& target);
  bool fit_ranges(const std::string& name, const Expr& target);
  std::vector<std::string> solving_order(const Expr& relation) const;

  std::vector<std::string> names_;
  std::unordered_map<std::string, SymbolFacts> symbols_;
  std::map<std::string, Expr> replacements_;
  std::unordered_set<Expr, ExprHash, ExprEqual> divisible_;  ///< Mods that are zero
  Facts facts_;
  std::vector<Expr> conditions_;
  Results results_;
  std::int64_t version_ = 0;
};

}  // namespace roundtrip
