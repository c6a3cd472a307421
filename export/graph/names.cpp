#include "export/graph/names.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <tuple>

namespace roundtrip {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_identifier_part(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c) || c == '_';
}

/// Every run of other characters becomes one underscore.
std::string make_identifier(const std::string& text) {
  std::string name;
  bool in_run = false;
  for (char c : text) {
    bool valid = is_identifier_part(c);
    if (valid || !in_run) name += valid ? c : '_';
    in_run = !valid;
  }
  if (name.empty()) return "_unnamed";
  return is_digit(name[0]) ? "_" + name : name;
}

/// Splits `add_12` into `add` and 12.
std::pair<std::string, std::optional<std::int64_t>> split_number(const std::string& name) {
  auto underscore = name.rfind('_');
  if (underscore == name.npos || underscore == 0) return {name, std::nullopt};
  std::string_view digits(name.data() + underscore + 1, name.size() - underscore - 1);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  bool valid = error == std::errc() && end == digits.data() + digits.size() && is_digit(digits[0]);
  if (!valid) return {name, std::nullopt};
  return {name.substr(0, underscore), number};
}

}  // namespace

std::string FxNamespace::create(std::string candidate) {
  bool valid = !candidate.empty() && !is_digit(candidate[0]) &&
               std::all_of(candidate.begin(), candidate.end(), is_identifier_part);
  if (!valid) candidate = make_identifier(candidate);

  auto [base, number] = split_number(candidate);
  auto numbered = [&base = base](std::int64_t n) { return base + "_" + std::to_string(n); };
  std::int64_t last = number.value_or(0);
  if (!number || used_.contains(candidate)) {
    auto found = last_number_.find(base);
    last = found == last_number_.end() ? 0 : found->second;
    if (is_reserved_name(candidate)) candidate = numbered(++last);
  }
  while (used_.contains(candidate)) candidate = numbered(++last);
  used_.insert(candidate);
  last_number_[base] = last;
  return candidate;
}

void FxNamespace::reserve(const std::string& name) {
  if (!used_.insert(name).second) return;
  const auto [base, number] = split_number(name);
  if (number) {
    last_number_[base] = *number;
  } else {
    last_number_.try_emplace(base, 0);
  }
}

std::string fx_snake_case(const std::string& name) {
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && is_lower(name[i - 1]) && is_upper(name[i])) snake += '_';
    snake += is_upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return snake;
}

std::string fx_name_of_target(const std::string& target) {
  constexpr std::string_view kOperators = "torch.ops.";
  constexpr std::string_view kHigherOrder = "torch.ops.higher_order.";
  auto dot = target.rfind('.');
  if (dot == target.npos) return fx_snake_case(target);
  // An operator's __name__ is `add.Tensor`, everything else's the last part.
  if (target.starts_with(kOperators) && !target.starts_with(kHigherOrder) && dot > 0) {
    dot = target.rfind('.', dot - 1);
  }
  return fx_snake_case(target.substr(dot + 1));
}

}  // namespace roundtrip
