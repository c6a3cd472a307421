#include "export/symbolic/constraints/dim_equalities.h"

#include <algorithm>

namespace roundtrip {

namespace {

using Kind = SizeConstraint::Kind;

/// The inputs whose size has a name, those of one name together.
std::vector<std::vector<const InputSize*>> by_name(const std::vector<InputSize>& inputs) {
  std::vector<std::vector<const InputSize*>> groups;
  for (const auto& input : inputs) {
    if (!input.asked.is_by_user()) continue;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& candidate) {
      return candidate.front()->asked.name == input.asked.name;
    });
    if (group == groups.end())
      group = groups.insert(groups.end(), {std::vector<const InputSize*>{}});
    group->push_back(&input);
  }
  return groups;
}

Expr linear(const Expr& root, std::int64_t factor, std::int64_t offset) {
  return add(multiply(integer(factor), root), integer(offset));
}

}  // namespace

DimEqualities::DimEqualities(const std::vector<InputSize>& inputs) {
  std::map<std::string, std::string> roots;
  auto groups = by_name(inputs);
  for (const auto& group : groups) {
    if (group.front()->asked.kind == Kind::named) {
      roots.emplace(group.front()->asked.name, group.front()->source);
    }
  }
  // Those of a program that is captured again have the name of their symbol.
  for (const auto& input : inputs) {
    const bool is_own = !input.asked.symbol.empty() && input.asked.name == input.asked.symbol;
    if (is_own && input.asked.kind != Kind::derived) roots.emplace(input.asked.name, input.source);
  }
  for (const auto& input : inputs) {
    if (!input.asked.is_by_user() && input.asked.kind != Kind::fixed) relaxed_.insert(input.source);
  }
  for (const auto& group : groups) {
    if (group.front()->asked.kind == Kind::named) {
      add_named(group);
    } else {
      for (auto* input : group) add_derived(*input, roots);
    }
  }
  for (const auto& [a, b] : pairs_) {
    auto root = find(a), other = find(b);
    if (root != other) parents_[root] = other;
  }
  for (const auto& [source, root, is_input, factor, offset] : derivations_) {
    auto base = is_input ? definition(root) : symbol(root, Assumptions::integer);
    definitions_[find(source)] = linear(base, factor, offset);
  }
}

void DimEqualities::add_named(const std::vector<const InputSize*>& inputs) {
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    pairs_.emplace_back(inputs[i]->source, inputs[0]->source);
  }
}

void DimEqualities::add_derived(const InputSize& input,
                                const std::map<std::string, std::string>& roots) {
  auto root = roots.find(input.asked.root);
  bool is_input = root != roots.end();
  derivations_.push_back({input.source, is_input ? root->second : input.asked.root, is_input,
                          input.asked.factor, input.asked.offset});
}

std::string DimEqualities::find(const std::string& source) const {
  auto parent = parents_.find(source);
  return parent == parents_.end() ? source : find(parent->second);
}

Expr DimEqualities::definition(const std::string& source) const {
  auto root = find(source);
  auto found = definitions_.find(root);
  return found == definitions_.end() ? symbol(root, Assumptions::integer) : found->second;
}

bool DimEqualities::are_equal(const std::string& a, const std::string& b) const {
  auto left = find(a), right = find(b);
  return relaxed_.contains(left) || relaxed_.contains(right) || left == right ||
         same(definition(a), definition(b));
}

bool DimEqualities::is_derived(const std::string& a, const std::string& b, const Expr& relation,
                               const std::string& symbol) const {
  return same(definition(a), substitute(relation, {{symbol, definition(b)}}));
}

}  // namespace roundtrip
