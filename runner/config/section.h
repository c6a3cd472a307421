#pragma once

#include <roundtrip/error.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "runner/config/config.h"

namespace roundtrip {

/// A YAML map with a fixed set of keys, read with errors that say where and what
/// was expected. Borrows nothing: a node is a handle.
class Section {
 public:
  /// `what` names the map for messages ("transform 'a'"). Throws ConfigError when
  /// `node` is not a map, has a key twice, or one that is not among `keys`.
  Section(std::string file, YAML::Node node, std::string what, std::vector<std::string> keys);

  bool has(const std::string& key) const;
  /// Throws ConfigError when `key` is missing.
  YAML::Node required(const std::string& key) const;

  std::string text_or(const std::string& key, const std::string& otherwise) const;
  bool flag_or(const std::string& key, bool otherwise) const;
  double seconds_or(const std::string& key, double otherwise) const;
  /// A list of names. An absent key is an error.
  std::vector<Name> names(const std::string& key) const;
  /// The same, with at least one name.
  std::vector<Name> some_names(const std::string& key) const;

  [[noreturn]] void fail(const YAML::Node& at, const std::string& message) const;

 private:
  std::string file_;
  YAML::Node node_;
  std::string what_;
};

/// The entries of a map whose keys are names of the user's choice, in file order.
/// Throws ConfigError when `node` is not a map or has a key twice.
struct NamedNode {
  Name name;
  YAML::Node node;
};
std::vector<NamedNode> named_nodes(const std::string& file, const YAML::Node& node,
                                   const std::string& what);

Place place_of(const std::string& file, const YAML::Node& node);

[[noreturn]] void fail_at(const Place& place, const std::string& message);

}  // namespace roundtrip
