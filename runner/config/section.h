#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runner/config/place.h"
#include "runner/config/settings.h"

namespace roundtrip {

/// A file that is being read, and where its mistakes are collected.
struct Source {
  std::string file;
  Problems& problems;

  Place place_of(const YAML::Node& node) const;
  void fail(const YAML::Node& at, const std::string& message) const;
};

/// An entry of a map, whose key stands somewhere.
struct NamedNode {
  Name name;
  YAML::Node node;

  /// Assigning to a node would change it where else it is used, by an anchor for example.
  NamedNode& operator=(const NamedNode&) = delete;
};

/// The entries of a map in the order of the file, those that it merges with `<<` last; of entries
/// with the same key only the first. Notes a problem, and returns what can be read, when `node` is
/// no map or has a key twice. `what` names the map for messages: "transform 'a'".
std::vector<NamedNode> named_nodes(const Source& source, const YAML::Node& node,
                                   const std::string& what);

/// The text of a scalar with `${NAME}` and `${NAME:-default}` replaced by environment
/// variables; `$$` is a dollar. Nothing, with a problem noted, when `node` is no scalar or a
/// variable is not set. `what` names it: "'prefix'".
std::optional<std::string> text_of(const Source& source, const YAML::Node& node,
                                   const std::string& what);

/// A YAML map with a fixed set of keys. Mistakes are noted as problems, and reading goes on
/// with what would be there if the key were absent.
class Section {
 public:
  /// Notes keys that are not among `keys`.
  Section(const Source& source, const YAML::Node& node, std::string what,
          std::vector<std::string> keys);

  /// The same for entries that were put together from several maps.
  Section(const Source& source, std::vector<NamedNode> entries, Place place, std::string what,
          std::vector<std::string> keys);

  bool has(const std::string& key) const { return find(key) != nullptr; }
  /// The key's value, or null.
  const YAML::Node* find(const std::string& key) const;
  /// The same; notes a problem when it is missing.
  const YAML::Node* required(const std::string& key) const;

  std::string text_or(const std::string& key, const std::string& default_value) const;
  /// The same for a name, which must be one line.
  std::string line_or(const std::string& key, const std::string& default_value) const;
  bool flag_or(const std::string& key, bool default_value) const;
  /// A list of names, empty when the key is absent.
  std::vector<Name> names(const std::string& key) const;
  /// The same; an absent key or an empty list is a problem.
  std::vector<Name> some_names(const std::string& key) const;
  /// The entries of a map whose keys are of the user's choice; none when it is absent.
  std::vector<NamedNode> map(const std::string& key) const;
  /// The items of a list of anything; a scalar is a list of one. None when it is absent.
  std::vector<YAML::Node> list(const std::string& key) const;
  /// What `parse` makes of the key's text, where it is there; a problem is noted where it throws
  /// std::invalid_argument, which says what the text must be.
  template <typename Value, typename Parse>
  void read(const std::string& key, Value& value, const Parse& parse) const {
    const YAML::Node* found = find(key);
    if (found == nullptr) return;
    const auto text = text_of(source_, *found, "'" + key + "'");
    if (!text) return;
    try {
      value = parse(*text);
    } catch (const std::invalid_argument& error) {
      source_.fail(*found, "'" + key + "' " + error.what() + ", not '" + *text + "'");
    }
  }
  /// All keys that are test settings.
  Settings settings() const;

  const Source& source() const { return source_; }
  const Place& place() const { return place_; }

 private:
  void check_keys(const std::vector<std::string>& keys) const;

  Source source_;
  std::vector<NamedNode> entries_;
  Place place_;
  std::string what_;
};

}  // namespace roundtrip
