#include "runner/config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "support/quantities.h"

namespace roundtrip {

namespace {

const std::vector<std::string> kDtypes = {"float32", "float64", "float16", "bfloat16"};
const std::vector<std::string> kSeverities = {"warn", "fail"};

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool parse_flag(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw std::invalid_argument("must be true or false");
}

std::string parse_choice(const std::string& text, const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), text) != names.end()) return text;
  throw std::invalid_argument(fmt::format("must be one of {}", fmt::join(names, ", ")));
}

}  // namespace

const std::vector<SettingInfo>& all_settings() {
  using T = TestSettings;
  using Kind = SettingKind;
  constexpr bool kWatches = true;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  static const std::vector<SettingInfo> settings = {
      {"timeout", Kind::seconds, &T::timeout, "seconds until a test is ended", kWatches},
      {"slow", Kind::seconds, &T::slow, "seconds until a test is called slow", kWatches},
      {"grace", Kind::seconds, &T::grace, "seconds from SIGTERM to SIGKILL", kWatches},
      {"memory", Kind::bytes, &T::memory, "bytes that a test may allocate; 0 is no limit"},
      {"output", Kind::bytes, &T::output, "bytes of a test's output that are kept", kWatches},
      {"retries", Kind::count, &T::retries, "times that a failed test is run again", kWatches, 0,
       1000},
      {"retry_on",
       Kind::choice,
       &T::retry_on,
       "any failure, or only a crash or a timeout",
       kWatches,
       0,
       0,
       {"any", "crash"}},
      {"retry_delay", Kind::delay, &T::retry_delay, "seconds before a test is run again", kWatches},
      {"threads", Kind::count, &T::threads, "threads of a test's operators", !kWatches, 1, 4096},
      {"seed", Kind::count, &T::seed, "seed of the random generator", !kWatches, 0, kMost},
      {"dtype", Kind::choice, &T::dtype, "LibTorch's default dtype", !kWatches, 0, 0, kDtypes},
      {"teardown", Kind::flag, &T::teardown, "run destructors when a test's process ends"},
      {"strict", Kind::flag, &T::strict, "a test that is expected to fail must not pass"},
      {"flaky", Kind::choice, &T::flaky, "warn of, or fail, a test that passes when tried again",
       !kWatches, 0, 0, kSeverities},
      {"leaks", Kind::choice, &T::leaks, "warn of, or fail, a test that leaves a process running",
       !kWatches, 0, 0, kSeverities},
  };
  return settings;
}

const SettingInfo* find_setting(const std::string& name) {
  for (const auto& info : all_settings()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  for (const auto& info : all_settings()) names.push_back(info.name);
  return names;
}

std::int64_t parse_count(const std::string& text, std::int64_t least, std::int64_t most) {
  const auto value = number_of<std::int64_t>(text);
  if (value && *value >= least && *value <= most) return *value;
  throw std::invalid_argument(fmt::format("must be a whole number from {} to {}", least, most));
}

SettingValue parse_setting(const SettingInfo& info, const std::string& text) {
  switch (info.kind) {
    case SettingKind::seconds:
      return parse_seconds(text);
    case SettingKind::delay:
      return parse_delay(text);
    case SettingKind::bytes:
      return parse_bytes(text);
    case SettingKind::count:
      return parse_count(text, info.least, info.most);
    case SettingKind::flag:
      return parse_flag(text);
    case SettingKind::choice:
      return parse_choice(text, info.choices);
  }
  throw std::logic_error("a setting without a kind");
}

void Settings::set(const SettingInfo& info, SettingValue value) {
  values_.emplace_back(&info, std::move(value));
}

void Settings::add(const Settings& others) {
  values_.insert(values_.end(), others.values_.begin(), others.values_.end());
}

void Settings::apply_to(TestSettings& settings) const {
  for (const auto& [info, value] : values_) {
    std::visit(
        [&, &value = value](auto member) {
          auto& field = settings.*member;
          field = std::get<std::remove_cvref_t<decltype(field)>>(value);
        },
        info->member);
  }
}

std::string setting_text(const SettingInfo& info, const TestSettings& settings) {
  return std::visit([&](auto member) { return fmt::format("{}", settings.*member); }, info.member);
}

}  // namespace roundtrip
