#include "runner/config/section.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "runner/config/variables.h"
#include "runner/text/nearest.h"
#include "support/plain_text.h"

namespace roundtrip {

namespace {

std::string kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (node.IsScalar()) return "'" + node.Scalar() + "'";
  return "nothing";
}

}  // namespace

Place Source::place_of(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  return {file, mark.line + 1, mark.column + 1};
}

void Source::fail(const YAML::Node& at, const std::string& message) const {
  problems.add(place_of(at), message);
}

std::optional<std::string> text_of(const Source& source, const YAML::Node& node,
                                   const std::string& what) {
  if (!node.IsScalar()) {
    source.fail(node, what + " must be text, not " + kind_of(node));
    return std::nullopt;
  }
  try {
    auto text = replace_variables(node.Scalar());
    if (terminal_text(text) == text) return text;
    source.fail(node, what + " has control characters or is not UTF-8");
    return std::nullopt;
  } catch (const std::invalid_argument& error) {
    source.fail(node, error.what());
    return std::nullopt;
  }
}

namespace {

/// YAML's merge key: its value, a map or a list of maps, supplies the entries that are not given.
constexpr const char* kMerge = "<<";

/// The entries of a map but those that it merges; the values of these go to `merged`.
std::vector<NamedNode> own_nodes(const Source& source, const YAML::Node& node,
                                 const std::string& what, std::vector<YAML::Node>& merged) {
  std::vector<NamedNode> entries;
  std::set<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      source.fail(entry.first, "a key of " + what + " must be text, not " + kind_of(entry.first));
    } else if (has_controls(entry.first.Scalar())) {
      source.fail(entry.first, "a key of " + what + " has control characters");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      source.fail(entry.first, "'" + entry.first.Scalar() + "' is given twice in " + what +
                                   "; keep one of them");
    } else if (entry.first.Scalar() == kMerge) {
      merged.push_back(entry.second);
    } else {
      entries.push_back({{entry.first.Scalar(), source.place_of(entry.first)}, entry.second});
    }
  }
  return entries;
}

/// Adds the entries that are not given yet: of several maps the first takes precedence.
void add_merged(const Source& source, const YAML::Node& merged, const std::string& what,
                std::vector<NamedNode>& entries) {
  if (merged.IsSequence()) {
    for (const auto& item : merged) add_merged(source, item, what, entries);
    return;
  }
  for (auto& entry : named_nodes(source, merged, "'<<' of " + what)) {
    const bool is_given = std::any_of(entries.begin(), entries.end(), [&](const auto& other) {
      return other.name.text == entry.name.text;
    });
    if (!is_given) entries.push_back(std::move(entry));
  }
}

}  // namespace

std::vector<NamedNode> named_nodes(const Source& source, const YAML::Node& node,
                                   const std::string& what) {
  if (!node.IsMap()) {
    source.fail(node, what + " must be a map (key: value), not " + kind_of(node));
    return {};
  }
  std::vector<YAML::Node> merged;
  std::vector<NamedNode> entries = own_nodes(source, node, what, merged);
  for (const auto& map : merged) add_merged(source, map, what, entries);
  return entries;
}

Section::Section(const Source& source, const YAML::Node& node, std::string what,
                 std::vector<std::string> keys)
    : Section(source, named_nodes(source, node, what), source.place_of(node), what,
              std::move(keys)) {
}

Section::Section(const Source& source, std::vector<NamedNode> entries, Place place,
                 std::string what, std::vector<std::string> keys)
    : source_(source),
      entries_(std::move(entries)),
      place_(std::move(place)),
      what_(std::move(what)) {
  check_keys(keys);
}

void Section::check_keys(const std::vector<std::string>& keys) const {
  for (const auto& entry : entries_) {
    const std::string& key = entry.name.text;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string nearest = did_you_mean(key, keys);
    source_.problems.add(entry.name.place,
                         "unknown key '" + key + "' in " + what_ +
                             (nearest.empty() ? "; known are " + quoted_list(keys) : nearest));
  }
}

const YAML::Node* Section::find(const std::string& key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.name.text == key; });
  return found == entries_.end() ? nullptr : &found->node;
}

const YAML::Node* Section::required(const std::string& key) const {
  const YAML::Node* value = find(key);
  if (value == nullptr) source_.problems.add(place_, "key '" + key + "' is missing in " + what_);
  return value;
}

std::string Section::text_or(const std::string& key, const std::string& default_value) const {
  const YAML::Node* value = find(key);
  return value ? text_of(source_, *value, "'" + key + "'").value_or(default_value) : default_value;
}

std::string Section::line_or(const std::string& key, const std::string& default_value) const {
  const std::string text = text_or(key, default_value);
  if (!has_controls(text)) return text;
  source_.fail(*find(key), "'" + key + "' must be one line");
  return default_value;
}

bool Section::flag_or(const std::string& key, bool default_value) const {
  const YAML::Node* value = find(key);
  if (value == nullptr) return default_value;
  const auto text = text_of(source_, *value, "'" + key + "'");
  if (!text || *text == "true" || *text == "false") return text ? *text == "true" : default_value;
  source_.fail(*value, "'" + key + "' must be true or false, not '" + *text + "'");
  return default_value;
}

std::vector<Name> Section::names(const std::string& key) const {
  std::vector<Name> names;
  for (const auto& item : list(key)) {
    if (const auto text = text_of(source_, item, "an entry of '" + key + "'")) {
      names.push_back({*text, source_.place_of(item)});
    }
  }
  return names;
}

std::vector<Name> Section::some_names(const std::string& key) const {
  const YAML::Node* value = required(key);
  auto list = names(key);
  if (value != nullptr && value->IsSequence() && value->size() == 0) {
    source_.fail(*value, "'" + key + "' must name at least one");
  }
  return list;
}

std::vector<NamedNode> Section::map(const std::string& key) const {
  const YAML::Node* value = find(key);
  return value ? named_nodes(source_, *value, "'" + key + "'") : std::vector<NamedNode>{};
}

std::vector<YAML::Node> Section::list(const std::string& key) const {
  const YAML::Node* value = find(key);
  if (value == nullptr) return {};
  if (value->IsScalar()) return {*value};
  if (value->IsSequence()) return {value->begin(), value->end()};
  source_.fail(*value, "'" + key + "' must be a list, such as [a, b], not " + kind_of(*value));
  return {};
}

Settings Section::settings() const {
  Settings settings;
  for (const auto& entry : entries_) {
    const SettingInfo* info = find_setting(entry.name.text);
    if (info == nullptr) continue;
    const auto text = text_of(source_, entry.node, "'" + entry.name.text + "'");
    if (!text) continue;
    try {
      settings.set(*info, parse_setting(*info, *text));
    } catch (const std::invalid_argument& error) {
      source_.fail(entry.node,
                   "'" + entry.name.text + "' " + error.what() + ", not '" + *text + "'");
    }
  }
  return settings;
}

}  // namespace roundtrip
