#include <algorithm>

#include "export/symbolic/constraints/constraint_check.h"
#include "export/symbolic/constraints/dim_equalities.h"
#include "export/symbolic/env/program_ranges.h"
#include "export/symbolic/env/shape_env.h"
#include "export/symbolic/env/shape_env_state.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/text/python_code.h"

/// What a capture ends with: guards and ranges.
namespace roundtrip {

namespace {

const InputSize& input_at(const std::vector<InputSize>& inputs, const std::string& source) {
  return *std::find_if(inputs.begin(), inputs.end(),
                       [&](const InputSize& input) { return input.source == source; });
}

[[noreturn]] void fail_unequal(const InputSize& a, const InputSize& b) {
  throw CaptureError(a.source + " = " + std::to_string(a.hint) + " is not equal to " + b.source +
                     " = " + std::to_string(b.hint));
}

[[noreturn]] void fail_underived(const InputSize& input, const AskedDerivation& derivation,
                                 const std::string& root, std::int64_t root_hint) {
  auto wanted = add(multiply(integer(derivation.factor), symbol(root, Assumptions::none)),
                    integer(derivation.offset));
  throw CaptureError("Expected input " + input.source + " to be equal to " + to_string(wanted) +
                     ", where " + root + " = " + std::to_string(root_hint) + ", but got " +
                     std::to_string(input.hint));
}

/// The symbol of a root that no input has; made when first needed. As of other sizes,
/// 0 and 1 are none.
Expr root_symbol(Knowledge& knowledge, SymbolNumbers& numbers, const AskedDerivation& derivation,
                 const InputSize& input, bool at_least_two) {
  for (const auto& name : knowledge.symbol_names()) {
    const auto& sources = knowledge.find(name)->sources;
    if (!sources.empty() && sources[0] == derivation.root) return knowledge.find(name)->symbol;
  }
  auto hint = fitting(python::floor_divide(fitting(python::subtract(input.hint, derivation.offset)),
                                           derivation.factor));
  if (at_least_two && (hint == 0 || hint == 1)) return integer(hint);
  auto root =
      symbol(input.asked.symbol.empty() ? "s" + std::to_string(numbers.take(derivation.root))
                                        : input.asked.symbol);
  ValueRange range{std::max<std::int64_t>(2, input.asked.root_min.value_or(2)),
                   input.asked.root_max.value_or(ValueRange::kInfinity)};
  knowledge.add_symbol({root, hint, false, false, range, {derivation.root}});
  return root;
}

}  // namespace

void ShapeEnv::check_constraints() {
  auto& knowledge = state_->knowledge;
  const auto& inputs = state_->inputs;
  DimEqualities equalities(inputs);
  for (const auto& [a, b] : equalities.pairs()) {
    const auto& left = input_at(inputs, a);
    const auto& right = input_at(inputs, b);
    if (!guard(equal(knowledge.replace(left.expr), knowledge.replace(right.expr)))) {
      fail_unequal(left, right);
    }
  }
  for (const auto& derivation : equalities.derivations()) {
    const auto& input = input_at(inputs, derivation.source);
    auto* root_input = derivation.root_is_input ? &input_at(inputs, derivation.root) : nullptr;
    auto root = root_input ? knowledge.replace(root_input->expr)
                           : root_symbol(knowledge, state_->numbers, derivation, input,
                                         !backed_size_oblivious());
    auto wanted = add(multiply(integer(derivation.factor), root), integer(derivation.offset));
    if (!guard(equal(knowledge.replace(input.expr), wanted))) {
      auto value = std::get<std::int64_t>(value_in_this_run(root));
      fail_underived(input, derivation, root_input ? root_input->asked.name : derivation.root,
                     value);
    }
  }
  ConstraintCheck(inputs, state_->guards, state_->deferred, equalities, knowledge).run();
  program_ranges(inputs, knowledge);  // checks bounds of automatic and dynamic sizes
}

std::vector<std::string> ShapeEnv::guards_code() {
  auto& knowledge = state_->knowledge;
  std::vector<std::string> lines;
  for (const auto& guard : state_->guards) {
    auto names = free_symbols(guard);
    bool from_inputs = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto& sources = knowledge.find(name)->sources;
      return !sources.empty() && sources[0].find('[') != std::string::npos;
    });
    if (!from_inputs) continue;
    lines.push_back(python_code(
        guard, [&](const Expr& symbol) { return knowledge.find(symbol.name)->sources[0]; }));
  }
  return lines;
}

std::vector<ShapeEnv::Range> ShapeEnv::range_constraints() {
  return program_ranges(state_->inputs, state_->knowledge);
}

}  // namespace roundtrip
