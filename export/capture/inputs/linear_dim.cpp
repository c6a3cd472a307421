#include "export/capture/inputs/linear_dim.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <charconv>
#include <regex>

#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

std::optional<std::int64_t> parse_size(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::set<std::string> names_in(const std::string& text) {
  static const std::regex name("[A-Za-z_]\\w*");
  return {std::sregex_token_iterator(text.begin(), text.end(), name), std::sregex_token_iterator()};
}

std::optional<LinearDim> parse_linear_dim(const std::string& text) {
  static const std::regex linear("(?:(\\d+)\\*)?([A-Za-z_]\\w*)(?: ([+-]) (\\d+))?");
  std::smatch match;
  if (!std::regex_match(text, match, linear)) return std::nullopt;
  const auto factor = match[1].matched ? parse_size(match[1]) : 1;
  const auto offset = match[4].matched ? parse_size(match[4]) : 0;
  if (!factor || !offset || *factor == 0) return std::nullopt;
  return LinearDim{match[2], *factor, match[3] == "-" ? -*offset : *offset};
}

Dim LinearDim::of(const Dim& root_dim) const {
  if (root_dim.kind() != Dim::Kind::fixed) return root_dim * factor + offset;
  const auto size = root_dim.min();
  const auto product = size ? python::multiply(factor, *size) : std::nullopt;
  const auto sum = product ? python::add(*product, offset) : std::nullopt;
  if (sum) return Dim(*sum);
  throw CaptureError(c10::str("The size of a dimension derived from ", root, " exceeds 64 bits"));
}

}  // namespace roundtrip
