#include "pt2/example_input.h"

#include <ATen/ATen.h>

#include <charconv>
#include <limits>
#include <map>
#include <string_view>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 32;

const std::map<std::string_view, at::ScalarType>& types() {
  static const std::map<std::string_view, at::ScalarType> kTypes = {
      {"f16", at::kHalf},   {"bf16", at::kBFloat16},    {"f32", at::kFloat},
      {"f64", at::kDouble}, {"i8", at::kChar},          {"i16", at::kShort},
      {"i32", at::kInt},    {"i64", at::kLong},         {"u8", at::kByte},
      {"bool", at::kBool},  {"c64", at::kComplexFloat}, {"c128", at::kComplexDouble},
  };
  return kTypes;
}

[[noreturn]] void refuse_input(const std::string& text, const std::string& reason) {
  throw UsageError("--input '" + text + "': " + reason +
                   "; write f32[1,3,224,224], or i64[8,16]<1000 for whole numbers below 1000");
}

/// Reads what `--input` names, from left to right.
class SpecReader {
 public:
  explicit SpecReader(const std::string& text) : text_(text), rest_(text) {}

  at::ScalarType type() {
    const std::string_view name = rest_.substr(0, rest_.find('['));
    const auto found = types().find(name);
    if (found == types().end()) {
      refuse_input(text_, "'" + std::string(name) +
                              "' is no type: f16, bf16, f32, f64, i8, i16, i32, "
                              "i64, u8, bool, c64 and c128 are");
    }
    rest_.remove_prefix(name.size());
    return found->second;
  }

  std::vector<std::int64_t> sizes() {
    std::vector<std::int64_t> sizes;
    expect('[');
    std::int64_t elements = 1;
    while (!rest_.starts_with(']')) {
      if (!sizes.empty()) expect(',');
      sizes.push_back(number());
      if (sizes.back() > kMaxElements / std::max<std::int64_t>(elements, 1)) {
        refuse_input(text_, "that is too large");
      }
      elements *= sizes.back();
    }
    expect(']');
    return sizes;
  }

  /// What follows `<`; `default_value` if nothing does.
  std::int64_t bound(std::int64_t default_value) {
    if (rest_.empty()) return default_value;
    expect('<');
    const std::int64_t bound = number();
    if (!rest_.empty()) refuse_input(text_, "'" + std::string(rest_) + "' is too much");
    if (bound == 0) refuse_input(text_, "no number is below 0");
    return bound;
  }

 private:
  void expect(char c) {
    if (!rest_.starts_with(c)) refuse_input(text_, std::string("a '") + c + "' is missing");
    rest_.remove_prefix(1);
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) refuse_input(text_, "a number is missing or wrong");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  const std::string& text_;
  std::string_view rest_;
};

}  // namespace

at::Tensor random_tensor(const std::string& text) {
  SpecReader reader(text);
  const at::ScalarType type = reader.type();
  const std::vector<std::int64_t> sizes = reader.sizes();
  const bool real = at::isFloatingType(type) || at::isComplexType(type);
  const std::int64_t bound = reader.bound(type == at::kBool || real ? 2 : 10);
  if (real) return at::randn(sizes, at::isComplexType(type) ? type : at::kFloat).to(type);
  return at::randint(bound, sizes, at::kLong).to(type);
}

}  // namespace roundtrip::pt2
