#include "runner/plan/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

void require_known(const Name& name, const std::string& kind, const std::vector<std::string>& known,
                   Problems& problems) {
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return;
  const std::string nearest = did_you_mean(name.text, known);
  problems.add(name.place,
               fmt::format("no plugin offers the {} '{}'{}", kind, name.text,
                           nearest.empty() ? "; offered: " + quoted_list(known) : nearest));
}

template <typename Number>
bool is_number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// What an option of the type must be, when `text` is not it.
std::string fault_of(OptionInfo::Type type, const std::string& text) {
  switch (type) {
    case OptionInfo::Type::text:
      return "";
    case OptionInfo::Type::integer:
      return is_number<std::int64_t>(text) ? "" : "a whole number";
    case OptionInfo::Type::number:
      return is_number<double>(text) ? "" : "a number";
    case OptionInfo::Type::flag:
      return text == "true" || text == "false" ? "" : "true or false";
  }
  return "";
}

void check_options(const ChainLink& link, const Offer& offer, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& option : offer.options) known.push_back(option.name);
  for (const auto& [name, value] : link.options) {
    const auto found = std::find(known.begin(), known.end(), name.text);
    if (found == known.end()) {
      const std::string nearest = did_you_mean(name.text, known);
      problems.add(
          name.place,
          fmt::format("the transformation '{}' has no option '{}'{}", offer.name, name.text,
                      nearest.empty() ? "; it has " + quoted_list(known) : nearest));
      continue;
    }
    const auto& option = offer.options[static_cast<std::size_t>(found - known.begin())];
    const std::string fault = fault_of(option.type, value);
    if (fault.empty()) continue;
    problems.add(name.place, fmt::format("option '{}' of '{}' must be {}, not '{}'", name.text,
                                         offer.name, fault, value));
  }
}

void check_transform(const TransformConfig& transform, const Catalog& catalog, Problems& problems) {
  for (const auto& link : transform.chain) {
    require_known(link.name, "transformation", catalog.transform_names(), problems);
    const Offer* offer = catalog.find_transform(link.name.text);
    if (offer != nullptr) check_options(link, *offer, problems);
  }
}

/// Everything that the plugins of any run offer.
Catalog offered_to_any(const Config& config, PlanSource& source) {
  Catalog all;
  std::set<std::string> paths;
  for (const auto& run : config.runs) {
    for (const auto& plugin : source.catalog(run).plugins) {
      if (paths.insert(plugin.path).second) all.plugins.push_back(plugin);
    }
  }
  return all;
}

/// A name that no run uses may still be misspelled.
void check_unused_names(const Config& config, PlanSource& source, Problems& problems) {
  const Catalog all = offered_to_any(config, source);
  std::set<std::string> used;
  for (const auto& run : config.runs) {
    for (const auto& name : run.transforms) used.insert(name.text);
  }
  for (const auto& transform : config.transforms) {
    if (used.count(transform.name.text) == 0) check_transform(transform, all, problems);
  }
  for (const auto& suite : config.suites) {
    require_known(suite.name, "suite", all.suite_names(), problems);
  }
}

}  // namespace

void check_names(const Config& config, PlanSource& source, Problems& problems) {
  if (config.runs.empty()) return;  // no plugins are known then
  for (const auto& run : config.runs) {
    const Catalog& catalog = source.catalog(run);
    for (const auto& name : run.transforms) {
      const auto* transform = config.find_transform(name.text);
      if (transform != nullptr) check_transform(*transform, catalog, problems);
    }
    for (const auto& name : run.suites) {
      require_known(name, "suite", catalog.suite_names(), problems);
    }
  }
  check_unused_names(config, source, problems);
}

std::vector<TransformCall> resolve_chain(const TransformConfig& transform, const Catalog& catalog) {
  std::vector<TransformCall> chain;
  for (const auto& link : transform.chain) {
    TransformCall call{link.name.text, {}};
    for (const auto& option : catalog.find_transform(call.name)->options) {
      call.options[option.name] = option.otherwise;
    }
    for (const auto& [name, value] : link.options) call.options[name.text] = value;
    chain.push_back(std::move(call));
  }
  return chain;
}

}  // namespace roundtrip
