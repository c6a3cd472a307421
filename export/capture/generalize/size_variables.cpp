#include "export/capture/generalize/size_variables.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/pytree.h>

#include <algorithm>
#include <limits>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {
namespace {

using Kind = SizeConstraint::Kind;

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

std::vector<Value> leaves_of(const ExportCall& call) {
  std::vector<Value> leaves;
  const auto add = [&](const Value& tree) {
    for (const Value& leaf : tree_flatten(tree)) leaves.push_back(leaf);
  };
  for (const Value& arg : call.args) add(arg);
  for (const auto& [name, arg] : call.kwargs) add(arg);
  return leaves;
}

std::int64_t size_of(const Value& leaf, std::size_t place) {
  return leaf.is_tensor() ? leaf.tensor().sizes()[place] : leaf.to_int();
}

/// Sizes with the same key are decided by one variable.
std::string key_of(const SizeConstraint& asked, const std::string& source) {
  if (asked.kind == Kind::named) return "Dim " + asked.name;
  return asked.kind == Kind::derived ? "Dim " + asked.root : source;
}

}  // namespace

std::string source_of(const LeafConstraints& leaf, const Value& value, std::size_t place) {
  return value.is_tensor() ? c10::str(leaf.source, ".size()[", place, "]") : leaf.source;
}

SizeVariables::SizeVariables(const ExportCall& call, std::vector<LeafConstraints> constraints)
    : constraints_(std::move(constraints)), leaves_(leaves_of(call)) {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (!leaves_[i].is_tensor() && !leaves_[i].is_int()) continue;
    for (std::size_t j = 0; j < constraints_[i].sizes.size(); ++j) {
      add(i, j, size_of(leaves_[i], j), source_of(constraints_[i], leaves_[i], j));
    }
  }
}

/// Sizes 0 and 1 are fixed by a capture unless they were asked for.
void SizeVariables::add(std::size_t leaf, std::size_t place, std::int64_t size,
                        const std::string& source) {
  const SizeConstraint& asked = constraints_[leaf].sizes[place];
  if (asked.kind == Kind::fixed || (asked.kind == Kind::automatic && size < 2)) return;
  const bool is_derived = asked.kind == Kind::derived;
  const std::int64_t factor = is_derived ? asked.factor : 1;
  const std::int64_t offset = is_derived ? asked.offset : 0;
  const std::string key = key_of(asked, source);
  const auto known = std::find(keys_.begin(), keys_.end(), key);
  if (known == keys_.end()) {
    const auto min = is_derived ? asked.root_min : asked.min;
    const auto max = is_derived ? asked.root_max : asked.max;
    keys_.push_back(key);
    variables_.push_back({asked.is_by_user() ? key.substr(4) : source,
                          {},
                          (size - offset) / factor,
                          std::max<std::int64_t>(2, min.value_or(2)),
                          max.value_or(kUnbounded),
                          asked.kind != Kind::automatic});
    variables_.back().members.push_back({leaf, place, factor, offset});
    return;
  }
  variables_[static_cast<std::size_t>(known - keys_.begin())].members.push_back(
      {leaf, place, factor, offset});
}

const InputSize* SizeVariables::input_of(const SizeVariable& variable, const ShapeEnv& env) const {
  const SizeVariable::Member& member = variable.members.front();
  const std::string source =
      source_of(constraints_[member.leaf], leaves_[member.leaf], member.place);
  const auto found = std::find_if(env.inputs().begin(), env.inputs().end(),
                                  [&](const InputSize& input) { return input.source == source; });
  return found == env.inputs().end() ? nullptr : &*found;
}

void SizeVariables::join(std::size_t into, std::size_t from, const ShapeEnv& env) {
  const SizeVariable::Member& first = variables_[into].members.front();
  SizeConstraint& asked = constraints_[first.leaf].sizes[first.place];
  const InputSize* input = input_of(variables_[into], env);
  if (!asked.is_by_user() && input != nullptr) asked.symbol = input->expr.name;
  for (const SizeVariable::Member& member : variables_[from].members) {
    constraints_[member.leaf].sizes[member.place] = asked;
  }
  merge(into, from, 1, 0);
}

void SizeVariables::join_related(ShapeEnv& env) {
  const auto first_size = [&](const SizeVariable& variable) -> Expr {
    const InputSize* input = input_of(variable, env);
    return input == nullptr ? Expr() : env.simplify(input->expr);
  };
  const auto is_plain = [](const SizeVariable& variable) {
    return variable.members.front().factor == 1 && variable.members.front().offset == 0;
  };
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const Expr size = first_size(variables_[i]);
    if (size.kind != ExprKind::symbol || !is_plain(variables_[i])) continue;
    for (std::size_t j = variables_.size(); j-- > i + 1;) {
      const Expr other = first_size(variables_[j]);
      const auto form = linear_form(other);
      const bool is_related = form && free_symbols(other) == std::vector{size.name};
      if (!is_related || !is_plain(variables_[j])) continue;
      merge(i, j, form->factor, form->offset);
    }
  }
}

void SizeVariables::merge(std::size_t into, std::size_t from, std::int64_t factor,
                          std::int64_t offset) {
  SizeVariable& variable = variables_[into];
  const SizeVariable& other = variables_[from];
  for (SizeVariable::Member member : other.members) {
    member.offset += member.factor * offset;
    member.factor *= factor;
    variable.members.push_back(member);
  }
  variable.is_asked = variable.is_asked || other.is_asked;
  if (factor == 1 && offset == 0) {
    variable.min = std::max(variable.min, other.min);
    variable.max = std::min(variable.max, other.max);
  }
  variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(from));
  keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(from));
}

void SizeVariables::fix(std::size_t variable) {
  for (const SizeVariable::Member& member : variables_[variable].members) {
    constraints_[member.leaf].sizes[member.place] = SizeConstraint{};
  }
  variables_.erase(variables_.begin() + static_cast<std::ptrdiff_t>(variable));
  keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(variable));
}

Assignment SizeVariables::example() const {
  Assignment values;
  for (const SizeVariable& variable : variables_) values.push_back(variable.example);
  return values;
}

std::vector<LeafSizes> SizeVariables::sizes_at(const Assignment& values) const {
  std::vector<LeafSizes> sizes(leaves_.size());
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    for (const auto& [leaf, place, factor, offset] : variables_[i].members) {
      LeafSizes& own = sizes[leaf];
      const Value& value = leaves_[leaf];
      if (own.empty() && value.is_tensor()) own = value.tensor().sizes().vec();
      if (own.empty()) own.push_back(0);
      own[place] = factor * values[i] + offset;
    }
  }
  return sizes;
}

std::int64_t SizeVariables::count_up_to(std::int64_t most) const {
  std::int64_t count = 1;
  for (const SizeVariable& variable : variables_) {
    const std::int64_t range = variable.max - variable.min;
    if (range >= most || count * (range + 1) > most) return most + 1;
    count *= range + 1;
  }
  return count;
}

std::vector<Assignment> SizeVariables::every_assignment() const {
  std::vector<Assignment> all{{}};
  for (const SizeVariable& variable : variables_) {
    std::vector<Assignment> longer;
    for (const Assignment& values : all) {
      for (std::int64_t value = variable.min; value <= variable.max; ++value) {
        longer.push_back(values);
        longer.back().push_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::string SizeVariables::text_of(const Assignment& values) const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    texts.push_back(c10::str(variables_[i].text, " = ", values[i]));
  }
  return c10::Join(", ", texts);
}

}  // namespace roundtrip
