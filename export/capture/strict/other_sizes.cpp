#include "export/capture/strict/other_sizes.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "export/symbolic/expr/algebra.h"
#include "export/tracing/symbols.h"

namespace roundtrip {
namespace {

/// The symbols that sizes of inputs are made of. One from which a dimension is derived may be the
/// size of none.
std::vector<Expr> input_symbols(const Trace& trace) {
  std::vector<Expr> symbols;
  std::unordered_set<std::string> known;
  for (const Expr& size : trace.symbols->all) {
    if (trace.symbols->env.has_unbacked(size)) continue;
    for (std::string& name : free_symbols(trace.symbols->env.simplify(size))) {
      const Expr found = symbol(name);
      if (trace.symbols->env.has_unbacked(found) || !known.insert(std::move(name)).second) continue;
      symbols.push_back(found);
    }
  }
  return symbols;
}

/// Whether a condition holds at other sizes, for the data of this run. One with symbols
/// that are neither says nothing.
bool holds(const Trace& trace, const Expr& condition, Bindings values) {
  ShapeEnv& env = trace.symbols->env;
  for (const std::string& name : free_symbols(condition)) {
    if (values.count(name) > 0) continue;
    const auto& all = trace.symbols->all;
    const auto symbol =
        std::find_if(all.begin(), all.end(), [&](const Expr& one) { return one.name == name; });
    if (symbol == all.end()) return true;
    const Expr known = env.simplify(*symbol);
    values[name] = env.has_unbacked(*symbol) || env.has_unbacked(known)
                       ? env.value_in_this_run(*symbol)
                       : evaluate(known, values);
  }
  return to_int(evaluate(condition, values)) != 0;
}

bool meets_all(const Trace& trace, const std::vector<Expr>& symbols, const Bindings& values) {
  ShapeEnv& env = trace.symbols->env;
  for (const Expr& symbol : symbols) {
    const auto [low, high] = env.range_of(symbol);
    const std::int64_t value = to_int(values.at(symbol.name));
    if ((low && value < *low) || (high && value > *high)) return false;
  }
  const std::vector<Expr> guards = env.guards();
  const std::vector<DeferredAssert>& asserts = env.deferred_asserts();
  return std::all_of(guards.begin(), guards.end(),
                     [&](const Expr& guard) { return holds(trace, guard, values); }) &&
         std::all_of(asserts.begin(), asserts.end(), [&](const DeferredAssert& deferred) {
           return holds(trace, deferred.condition, values);
         });
}

}  // namespace

std::vector<Bindings> other_sizes(const Trace& trace) {
  const std::vector<Expr> symbols = input_symbols(trace);
  std::vector<Bindings> choices;
  if (symbols.empty()) return choices;
  // Steps that differ from symbol to symbol come first: equal ones would hide that two
  // sizes were taken for one. Multiples follow, for sizes that must be divisible.
  struct Step {
    std::int64_t factor;
    std::int64_t add;
    std::int64_t more_each;
  };
  constexpr std::array kSteps{Step{1, 1, 1},  Step{1, 2, 1}, Step{1, 1, 0}, Step{2, 0, 0},
                              Step{3, 0, 0},  Step{1, 2, 0}, Step{1, 4, 0}, Step{1, 8, 0},
                              Step{1, -1, 0}, Step{1, -2, 0}};
  for (const auto& [factor, add, more_each] : kSteps) {
    Bindings values;
    std::int64_t more = add;
    for (const Expr& symbol : symbols) {
      values[symbol.name] = to_int(trace.symbols->env.value_in_this_run(symbol)) * factor + more;
      more += more_each;
    }
    if (meets_all(trace, symbols, values)) choices.push_back(std::move(values));
  }
  return choices;
}

std::vector<LeafSizes> sizes_of_inputs(const Trace& trace, const Bindings& values) {
  const auto size_of = [&](const Expr& expr) {
    return to_int(evaluate(trace.symbols->env.simplify(expr), values));
  };
  std::vector<LeafSizes> all;
  for (const Argument& input : trace.inputs) {
    LeafSizes& sizes = all.emplace_back();
    const GraphValue* value = input.as_value();
    if (value == nullptr) continue;
    const auto layout = trace.layouts.find(value);
    if (const SymbolicValue* number = trace.number(*value)) {
      sizes.push_back(size_of(number->expr));
    } else if (layout != trace.layouts.end()) {
      for (const Expr& size : layout->second.sizes) sizes.push_back(size_of(size));
    }
  }
  return all;
}

}  // namespace roundtrip
