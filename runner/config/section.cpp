#include "runner/config/section.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

std::string kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (node.IsScalar()) return "'" + node.Scalar() + "'";
  return "nothing";
}

std::string scalar(const std::string& file, const YAML::Node& node, const std::string& what) {
  if (node.IsScalar()) return node.Scalar();
  fail_at(place_of(file, node), what + " must be text, not " + kind_of(node));
}

}  // namespace

Place place_of(const std::string& file, const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return {file, mark.line + 1, mark.column + 1};
}

void fail_at(const Place& place, const std::string& message) {
  throw ConfigError(place.text() + ": " + message);
}

std::vector<NamedNode> named_nodes(const std::string& file, const YAML::Node& node,
                                   const std::string& what) {
  if (!node.IsMap()) {
    fail_at(place_of(file, node), what + " must be a map (key: value), not " + kind_of(node));
  }
  std::vector<NamedNode> entries;
  std::set<std::string> seen;
  for (const auto& entry : node) {
    Name name{scalar(file, entry.first, "a key of " + what), place_of(file, entry.first)};
    if (!seen.insert(name.text).second) {
      fail_at(name.place, "'" + name.text + "' is given twice in " + what + "; keep one of them");
    }
    entries.push_back({std::move(name), entry.second});
  }
  return entries;
}

Section::Section(std::string file, YAML::Node node, std::string what, std::vector<std::string> keys)
    : file_(std::move(file)), node_(std::move(node)), what_(std::move(what)) {
  for (const auto& entry : named_nodes(file_, node_, what_)) {
    const std::string& key = entry.name.text;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string nearest = did_you_mean(key, keys);
    fail_at(entry.name.place, "unknown key '" + key + "' in " + what_ +
                                  (nearest.empty() ? "; known are " + quoted_list(keys) : nearest));
  }
}

bool Section::has(const std::string& key) const {
  return node_[key].IsDefined();
}

YAML::Node Section::required(const std::string& key) const {
  YAML::Node value = node_[key];
  if (!value.IsDefined()) fail(node_, "key '" + key + "' is missing in " + what_);
  return value;
}

std::string Section::text_or(const std::string& key, const std::string& otherwise) const {
  return has(key) ? scalar(file_, node_[key], "'" + key + "'") : otherwise;
}

bool Section::flag_or(const std::string& key, bool otherwise) const {
  if (!has(key)) return otherwise;
  bool value = false;
  if (!YAML::convert<bool>::decode(node_[key], value)) {
    fail(node_[key], "'" + key + "' must be true or false, not " + kind_of(node_[key]));
  }
  return value;
}

double Section::seconds_or(const std::string& key, double otherwise) const {
  if (!has(key)) return otherwise;
  constexpr double kLongest = 1e7;  // four months; keeps clock arithmetic in range
  double value = 0;
  const bool is_number = YAML::convert<double>::decode(node_[key], value);
  if (!is_number || !(value > 0) || value > kLongest) {
    fail(node_[key],
         "'" + key + "' must be a number of seconds above 0, not " + kind_of(node_[key]));
  }
  return value;
}

std::vector<Name> Section::names(const std::string& key) const {
  const YAML::Node list = required(key);
  if (!list.IsSequence()) {
    fail(list, "'" + key + "' must be a list, such as [a, b], not " + kind_of(list));
  }
  std::vector<Name> names;
  for (const auto& item : list) {
    names.push_back({scalar(file_, item, "an entry of '" + key + "'"), place_of(file_, item)});
  }
  return names;
}

std::vector<Name> Section::some_names(const std::string& key) const {
  auto list = names(key);
  if (list.empty()) fail(required(key), "'" + key + "' must name at least one");
  return list;
}

void Section::fail(const YAML::Node& at, const std::string& message) const {
  fail_at(place_of(file_, at), message);
}

}  // namespace roundtrip
