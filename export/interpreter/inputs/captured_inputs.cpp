#include "export/dispatch/capture_handler.h"
#include "export/interpreter/inputs/input_checks.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

namespace {

/// Nothing for an input of another kind, which is fixed in a capture.
std::optional<c10::SymInt> captured_size(const Value& value, std::size_t dimension) {
  if (value.is_tensor()) return value.tensor().sym_size(static_cast<std::int64_t>(dimension));
  if (value.is_sym_int() || value.is_int()) return value.sym_int();
  return std::nullopt;
}

std::optional<c10::SymInt> captured_number(const GuardSource& source, const Value& value) {
  const auto dimension = static_cast<std::int64_t>(source.dimension);
  switch (source.kind) {
    case GuardSource::Kind::stride:
      return value.tensor().sym_stride(dimension);
    case GuardSource::Kind::storage_offset:
      return value.tensor().sym_storage_offset();
    default:
      return captured_size(value, source.dimension);
  }
}

/// Has the captured program demand a condition on these numbers.
template <typename MakeCondition>
void demand(const std::vector<std::optional<c10::SymInt>>& numbers, const std::string& text,
            const MakeCondition& make_condition) {
  bool is_symbolic = false;
  std::vector<Expr> exprs;
  for (const auto& number : numbers) {
    if (!number) return;
    exprs.push_back(current_handler()->expr_of(*number));
    is_symbolic = is_symbolic || !number->maybe_as_int();
  }
  if (is_symbolic) current_handler()->require(make_condition(exprs), "Guard failed: " + text);
}

}  // namespace

void InputChecks::check_captured(const std::vector<const Value*>& leaves) const {
  const WithoutCapture without_capture;
  Values values;
  for (const Value* leaf : leaves) values.push_back(current_handler()->in_this_run(*leaf));
  std::vector<const Value*> in_this_run;
  for (const Value& value : values) in_this_run.push_back(&value);
  check(in_this_run);
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    for (std::size_t j = 0; j < leaves_[i].sizes.size(); ++j) demand_size(i, j, leaves);
  }
  for (const Guard& guard : guards_) demand_guard(guard, leaves);
}

void InputChecks::demand_size(std::size_t leaf, std::size_t dimension,
                              const std::vector<const Value*>& leaves) const {
  const Size& size = leaves_[leaf].sizes[dimension];
  const auto number = captured_size(*leaves[leaf], dimension);
  if (size.expr.kind == ExprKind::integer) {
    return demand({number}, size.source, [&](const auto& it) { return equal(it[0], size.expr); });
  }
  if (size.equal_to) {
    const auto other = captured_size(*leaves[size.equal_to->first], size.equal_to->second);
    return demand({number, other}, size.source,
                  [](const auto& both) { return equal(both[0], both[1]); });
  }
  if (size.range.min_val && *size.range.min_val > 2) {
    const Expr min = integer(*size.range.min_val);
    demand({number}, size.source, [&](const auto& it) { return greater_equal(it[0], min); });
  }
  if (size.range.max_val) {
    const Expr max = integer(*size.range.max_val);
    demand({number}, size.source, [&](const auto& it) { return less_equal(it[0], max); });
  }
}

void InputChecks::demand_guard(const Guard& guard, const std::vector<const Value*>& leaves) const {
  std::vector<std::optional<c10::SymInt>> numbers;
  for (const GuardSource& source : guard.sources) {
    numbers.push_back(captured_number(source, *leaves[source.leaf]));
  }
  demand(numbers, guard.text, [&](const std::vector<Expr>& exprs) {
    std::unordered_map<std::string, Expr> replacements;
    for (std::size_t i = 0; i < exprs.size(); ++i) {
      replacements.emplace(std::to_string(i), exprs[i]);
    }
    return substitute(guard.condition, replacements);
  });
}

}  // namespace roundtrip
