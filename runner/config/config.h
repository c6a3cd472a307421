#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roundtrip {

/// Where something stands in a configuration file; counted from 1.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", the start of every ConfigError.
  std::string text() const;
};

/// A name as the user wrote it, and where.
struct Name {
  std::string text;
  Place place;
};

/// One entry of `transforms:`: a chain of transformations and how the tests
/// composed with it are called.
struct TransformConfig {
  Name name;
  std::vector<Name> chain;
  std::string prefix;
  std::string suffix;
  /// Tests that carry this xfail property are expected to fail; may be empty.
  std::string xfail;
  /// Skips the tests that carry an xfail property other than `xfail`.
  bool only_if_no_xfail = false;
};

/// One entry of `suites:`: options that the suite itself understands.
struct SuiteConfig {
  Name name;
  std::shared_ptr<const SuiteOptions> options;
};

/// One entry of `runs:`: every suite under every transform.
struct RunConfig {
  std::vector<Name> suites;
  std::vector<Name> transforms;
  double timeout_seconds = 300;
};

/// A configuration file whose form is right; the names of suites and
/// transformations in it still have to be looked up among the plugins.
struct Config {
  std::filesystem::path file;
  /// Folders and files to load plugins from; nothing when the file does not say.
  std::optional<std::vector<std::filesystem::path>> plugins;
  std::vector<TransformConfig> transforms;
  std::vector<SuiteConfig> suites;
  std::vector<RunConfig> runs;

  /// Null when there is none.
  const TransformConfig* find_transform(const std::string& name) const;
  /// The options for `suite`: those of its entry, or none.
  std::shared_ptr<const SuiteOptions> options_for(const std::string& suite) const;
};

/// Reads a YAML file. Throws ConfigError with file, line, column and what was
/// expected there.
Config load_config(const std::filesystem::path& file);

}  // namespace roundtrip
