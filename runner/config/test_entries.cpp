#include <map>
#include <stdexcept>

#include "runner/config/entries.h"
#include "runner/text/date.h"
#include "support/quantities.h"

namespace roundtrip {

namespace {

/// A name and where it stands; where the section stands when it has none.
Name read_name(const Section& section, const std::string& key) {
  const YAML::Node* value = section.find(key);
  return {section.line_or(key, ""), value ? section.source().place_of(*value) : section.place()};
}

Name read_expiry(const Section& section) {
  Name expires = read_name(section, "expires");
  if (!expires.text.empty() && !is_date(expires.text)) {
    section.source().problems.add(
        expires.place, "'expires' must be a day such as 2027-01-31, not '" + expires.text + "'");
    expires.text.clear();
  }
  return expires;
}

/// Of what is decided before a run: `what` cannot depend on how tests ended.
std::optional<Filter> read_filter(const Section& section, const std::string& what) {
  const Source& source = section.source();
  const YAML::Node* filter = section.required("filter");
  if (filter == nullptr) return std::nullopt;
  const auto text = text_of(source, *filter, "'filter'");
  if (!text) return std::nullopt;
  try {
    Filter result(*text);
    if (result.arguments_of("outcome").empty()) return result;
    source.fail(*filter, what +
                             " cannot depend on how a test ended the last time: 'outcome' is "
                             "for --filter");
  } catch (const FilterError& error) {
    source.fail(*filter, std::string("in 'filter', ") + error.what());
  }
  return std::nullopt;
}

}  // namespace

std::optional<Override> read_override(const Source& source, const YAML::Node& node) {
  const Section section(source, node, "an entry of 'overrides'",
                        with_settings({"filter", "groups", "environment"}));
  const Settings settings = section.settings();
  std::map<std::string, std::string> environment;
  if (const auto* variables = section.find("environment")) {
    read_environment(source, *variables, environment);
  }
  const auto filter = read_filter(section, "settings");
  if (!filter) return std::nullopt;
  return Override{*filter, source.place_of(*section.find("filter")), settings,
                  section.names("groups"), environment};
}

std::optional<XfailEntry> read_xfail(const Source& source, const YAML::Node& node) {
  const Section section(source, node, "an entry of 'xfail'",
                        {"test", "filter", "property", "reason", "issue", "expires"});
  const Name expires = read_expiry(section);
  std::optional<Filter> filter;
  if (section.has("test") == section.has("filter")) {
    source.fail(node, "an entry of 'xfail' has a 'test', Suite.test, or a 'filter'");
    return std::nullopt;
  }
  if (section.has("filter")) {
    filter = read_filter(section, "an expected failure");
    if (!filter) return std::nullopt;
    if (!filter->arguments_of("xfail").empty()) {
      source.fail(*section.find("filter"), "an expected failure cannot depend on others: 'xfail'");
    }
  }
  return XfailEntry{read_name(section, "test"),
                    read_name(section, "property"),
                    section.text_or("reason", ""),
                    section.text_or("issue", ""),
                    expires,
                    filter};
}

std::optional<SkipEntry> read_skip(const Source& source, const YAML::Node& node) {
  const Section section(source, node, "an entry of 'skip'", {"filter", "reason"});
  section.required("reason");
  const auto filter = read_filter(section, "what is skipped");
  if (!filter) return std::nullopt;
  return SkipEntry{*filter, source.place_of(*section.find("filter")),
                   section.line_or("reason", "")};
}

std::optional<QuarantineEntry> read_quarantine(const Source& source, const YAML::Node& node) {
  const Section section(source, node, "an entry of 'quarantine'",
                        {"filter", "reason", "issue", "expires"});
  section.required("reason");
  section.required("expires");
  const Name expires = read_expiry(section);
  const auto filter = read_filter(section, "a quarantine");
  if (!filter) return std::nullopt;
  return QuarantineEntry{*filter, source.place_of(*section.find("filter")),
                         section.line_or("reason", ""), section.line_or("issue", ""), expires};
}

std::optional<SetUpEntry> read_setup(const Source& source, const YAML::Node& node) {
  const Section section(source, node, "an entry of 'setup'", {"name", "filter", "run", "timeout"});
  for (const char* key : {"name", "run"}) section.required(key);
  SetUpEntry entry{read_name(section, "name"), Filter("all()"), section.text_or("run", ""),
                   std::filesystem::absolute(source.file).parent_path()};
  if (section.has("filter")) {
    const auto filter = read_filter(section, "a set-up");
    if (!filter) return std::nullopt;
    entry.filter = *filter;
  }
  section.read("timeout", entry.timeout, parse_seconds);
  return entry;
}

GroupEntry read_group(const Source& source, const NamedNode& entry) {
  GroupEntry group{entry.name};
  constexpr std::int64_t kMost = 4096;
  const auto text = text_of(source, entry.node, "the group '" + entry.name.text + "'");
  if (!text) return group;
  try {
    group.limit = parse_count(*text, 1, kMost);
  } catch (const std::invalid_argument& error) {
    source.fail(entry.node, "the group '" + entry.name.text + "' " + error.what() +
                                ", the tests of it that may run at once, not '" + *text + "'");
  }
  return group;
}

}  // namespace roundtrip
