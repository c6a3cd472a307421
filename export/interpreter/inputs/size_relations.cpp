#include "export/interpreter/inputs/size_relations.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

/// The size that tells what a hidden symbol is.
struct Root {
  Expr source;
  LinearForm line;

  /// The other form of the symbol, by the size. Whole as long as the size is of its own form.
  Expr express(const LinearForm& other) const {
    const Expr from_offset = subtract(source, integer(line.offset));
    const Expr scaled =
        other.factor % line.factor == 0
            ? multiply(integer(other.factor / line.factor), from_offset)
            : multiply(integer(other.factor), floor_divide(from_offset, integer(line.factor)));
    return expand(add(scaled, integer(other.offset)));
  }
};

class Finder {
 public:
  explicit Finder(const std::vector<InputSizeExpr>& sizes) {
    for (const auto& [source, expr] : sizes) {
      if (expr.kind == ExprKind::symbol) known_.emplace(expr.name, named(source));
    }
    for (const auto& [source, expr] : sizes) {
      if (!expr.children.empty()) visit(source, canonical(expr));
    }
  }

  SizeRelations relations;

 private:
  static Expr named(const std::string& source) { return symbol(source, Assumptions::none); }

  /// With its sides as messages have them, which `equal` would put in order.
  static Expr equality(const Expr& expr, const std::string& source) {
    return {ExprKind::equal, {}, {}, {expr, named(source)}};
  }

  void visit(const std::string& source, const Expr& expr) {
    const std::vector<std::string> names = free_symbols(expr);
    const bool all_known = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return known_.count(name) > 0;
    });
    if (all_known) {
      relations.of_inputs.push_back(equality(substitute(expr, known_), source));
    } else if (names.size() == 1) {
      visit_hidden(source, names.front(), linear_form(expand(expr)));
    }
  }

  void visit_hidden(const std::string& source, const std::string& symbol,
                    const std::optional<LinearForm>& line) {
    if (!line || line->factor == 0) return;
    const auto [root, is_first] = roots_.emplace(symbol, Root{named(source), *line});
    if (is_first && line->factor == 1) return;
    auto& list = is_first ? relations.of_inputs : relations.of_hidden_roots;
    const Expr expr = is_first ? whole_multiple(root->second) : root->second.express(*line);
    list.push_back(equality(expr, source));
  }

  /// `2*((x - 1)//2) + 1`: of a size that must be of the form `2*s0 + 1`.
  static Expr whole_multiple(const Root& root) {
    const auto& [factor, offset] = root.line;
    const Expr quotient = floor_divide(subtract(root.source, integer(offset)), integer(factor));
    return add(multiply(integer(factor), quotient), integer(offset));
  }

  std::unordered_map<std::string, Expr> known_;
  std::unordered_map<std::string, Root> roots_;
};

}  // namespace

SizeRelations find_size_relations(const std::vector<InputSizeExpr>& sizes) {
  try {
    return Finder(sizes).relations;
  } catch (const ProgramError& error) {
    throw ProgramError(std::string("the sizes of the program's inputs: ") + error.what());
  }
}

}  // namespace roundtrip
