#include "export/symbolic/constraints/dim_names.h"

namespace roundtrip {

namespace {

using Kind = SizeConstraint::Kind;

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

DimNames::DimNames(const std::vector<InputSize>& inputs) {
  for (const auto& input : inputs) {
    bool named = input.asked.kind == Kind::named || input.asked.kind == Kind::derived;
    if (named) names_.emplace_back(input.source, input.asked.name);
  }
}

bool DimNames::has(const std::string& source) const {
  return &of(source) != &source;
}

const std::string& DimNames::of(const std::string& source) const {
  for (const auto& [known, name] : names_) {
    if (known == source) return name;
  }
  return source;
}

std::string DimNames::with_sources(std::string text) const {
  for (const auto& [source, name] : names_) text = replace_all(std::move(text), name, source);
  return text;
}

}  // namespace roundtrip
