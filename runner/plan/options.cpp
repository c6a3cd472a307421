#include "runner/plan/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

template <typename Number>
bool is_number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// What a value of the option must be; empty if the setting's is.
std::string fault_of(const OptionInfo& option, const OptionSetting& setting) {
  if (setting.is_list && option.type != OptionInfo::Type::texts) return "one value";
  switch (option.type) {
    case OptionInfo::Type::text: {
      const auto& choices = option.choices;
      const bool is_any = choices.empty() ||
                          std::find(choices.begin(), choices.end(), setting.value) != choices.end();
      return is_any ? "" : "one of " + quoted_list(choices);
    }
    case OptionInfo::Type::integer:
      return is_number<std::int64_t>(setting.value) ? "" : "a whole number";
    case OptionInfo::Type::number:
      return is_number<double>(setting.value) ? "" : "a number";
    case OptionInfo::Type::flag:
      return setting.value == "true" || setting.value == "false" ? "" : "true or false";
    case OptionInfo::Type::path:
      return setting.value.empty() ? "a path" : "";
    case OptionInfo::Type::texts:
      return "";
  }
  return "";
}

void check_option(const OptionSetting& setting, const std::string& owner, const Offer& offer,
                  Problems& problems) {
  std::vector<std::string> known;
  for (const auto& option : offer.options) known.push_back(option.name);
  const auto found = std::find(known.begin(), known.end(), setting.name.text);
  if (found == known.end()) {
    const std::string nearest = did_you_mean(setting.name.text, known);
    problems.add(setting.name.place,
                 fmt::format("{} has no option '{}'{}", owner, setting.name.text,
                             nearest.empty() ? "; it has " + quoted_list(known) : nearest));
    return;
  }
  const auto& option = offer.options[static_cast<std::size_t>(found - known.begin())];
  const std::string fault = fault_of(option, setting);
  if (fault.empty()) return;
  problems.add(setting.name.place,
               fmt::format("option '{}' of {} must be {}, not {}", setting.name.text, owner, fault,
                           setting.is_list ? "a list" : "'" + setting.value + "'"));
}

}  // namespace

void check_options(const std::vector<OptionSetting>& settings, const std::string& owner,
                   const Place& named, const Offer& offer, Problems& problems) {
  for (const auto& setting : settings) check_option(setting, owner, offer, problems);
  for (const auto& option : offer.options) {
    const bool is_given = std::any_of(settings.begin(), settings.end(), [&](const auto& setting) {
      return setting.name.text == option.name;
    });
    if (is_given || !option.is_required) continue;
    problems.add(named,
                 fmt::format("{} needs the option '{}': {}", owner, option.name, option.help));
  }
}

OptionValues::Map resolve_options(const std::vector<OptionSetting>& settings, const Offer& offer,
                                  const std::filesystem::path& folder) {
  OptionValues::Map values;
  for (const auto& option : offer.options) {
    std::string value = option.default_value;
    std::filesystem::path base = folder;
    for (const auto& setting : settings) {
      if (setting.name.text != option.name) continue;
      value = setting.value;
      base = setting.folder;
    }
    const bool is_path = option.type == OptionInfo::Type::path && !value.empty();
    values[option.name] = is_path ? (base / value).lexically_normal().string() : value;
  }
  return values;
}

}  // namespace roundtrip
