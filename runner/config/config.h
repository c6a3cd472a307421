#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/config/place.h"
#include "runner/config/settings.h"
#include "runner/filter/filter.h"

namespace roundtrip {

/// A value that is given to an option of a suite or a transformation. What options there are
/// is known once plugins are loaded.
struct OptionSetting {
  Name name;  ///< of the option, and where its value stands
  /// As text; the texts of a list are lines.
  std::string value;
  bool is_list = false;
  /// The folder from which a relative path is meant.
  std::filesystem::path folder;
};

/// One transformation of a chain with the options that it is given.
struct ChainLink {
  Name name;
  std::vector<OptionSetting> options;
};

/// One entry of `transforms:`: a chain of transformations and how the tests
/// composed with it are called.
struct TransformConfig {
  Name name;
  std::vector<ChainLink> chain;
  std::string prefix;
  std::string suffix;
  /// Tests that carry this xfail property are expected to fail; may be empty.
  std::string xfail;
  /// Skips the tests that carry an xfail property other than `xfail`.
  bool only_if_no_xfail = false;
};

/// One entry of `suites:`: a suite made of a kind, or options of one that a plugin offers.
struct SuiteConfig {
  Name name;
  Name kind;  ///< empty for a suite that a plugin offers
  std::vector<OptionSetting> options;
  /// Left out, with a warning, where no plugin offers its kind.
  bool is_optional = false;
};

/// One entry of `overrides:`: settings for the tests that a filter selects.
struct Override {
  Filter filter;
  Place place;
  Settings settings;
  /// Groups that the tests are of, too.
  std::vector<Name> groups;
  /// Environment variables that the tests see, too.
  std::map<std::string, std::string> environment;
};

/// One entry of `xfail:`: tests that are expected to fail, marked from outside.
struct XfailEntry {
  /// `Suite.test`, in original names; empty where a filter says which.
  Name test;
  Name property;
  std::string reason;
  std::string issue;
  Name expires;  ///< `2027-01-31`, the first day on which it no longer holds; may be empty
  std::optional<Filter> filter{};
};

/// One entry of `skip:`: tests that are not run.
struct SkipEntry {
  Filter filter;
  Place place;
  std::string reason;
};

/// One entry of `setup:`: a command that is run before the first of the tests that a filter
/// selects, and what it starts goes on until the run ends.
struct SetUpEntry {
  Name name;
  Filter filter;
  std::string command;           ///< for the shell
  std::filesystem::path folder;  ///< in which it is run
  double timeout = 300;          ///< seconds
};

/// One entry of `groups:`: of its tests only so many run at once.
struct GroupEntry {
  Name name;
  std::int64_t limit = 1;
};

/// One entry of `quarantine:`: tests whose failure does not make a run fail until a day comes.
struct QuarantineEntry {
  Filter filter;
  Place place;
  std::string reason;
  std::string issue;
  Name expires;  ///< `2027-01-31`, the first day on which it no longer holds
};

/// How much of the history is kept; 0 is no limit. The newest run is kept in any case.
struct Retention {
  std::int64_t days = 90;
  std::int64_t runs = 1000;
  std::int64_t size = std::int64_t{512} << 20;  ///< bytes
};

/// Where the plugins of a file, or of a run of it, are: folders and libraries.
struct PluginPlaces {
  /// In place of the installed ones, as `only_plugins` says; nothing where it is not there.
  std::optional<std::vector<std::filesystem::path>> only;
  /// Beside those, as `plugins` says.
  std::vector<std::filesystem::path> added;

  /// These with what an included file, or a run, says too.
  void add(const PluginPlaces& more);
};

/// One entry of `runs:`, or one cell of its matrix: every suite under every transform.
struct RunConfig {
  /// Empty for a run that has neither a name nor a matrix.
  std::string name;
  Place place;
  std::vector<Name> suites;
  std::vector<Name> transforms;
  Settings settings;
  /// Environment variables that the tests see.
  std::map<std::string, std::string> environment;
  /// Beside the file's.
  PluginPlaces plugins;
};

/// One entry of `profiles:`, chosen by `--profile`.
struct ProfileConfig {
  Name name;
  Settings settings;
  std::vector<Override> overrides;
  /// Options of the command line, by their long names; the command line goes before them.
  std::vector<std::pair<Name, std::string>> options;
};

/// A configuration file whose form is right; the names of suites and transformations in it
/// still have to be looked up among the plugins.
struct Config {
  std::filesystem::path file;
  PluginPlaces plugins;
  std::vector<TransformConfig> transforms;
  std::vector<SuiteConfig> suites;
  Settings defaults;
  std::vector<Override> overrides;
  std::vector<XfailEntry> xfail;
  std::vector<SkipEntry> skip;
  std::vector<QuarantineEntry> quarantine;
  std::vector<GroupEntry> groups;
  std::vector<SetUpEntry> setup;
  Retention history;
  std::vector<ProfileConfig> profiles;
  /// The runs, with each matrix taken apart into its cells.
  std::vector<RunConfig> runs;
  /// Of the file's text and that of the files which it includes.
  std::string fingerprint;
  /// These files.
  std::vector<std::filesystem::path> files;

  /// Null when there is none.
  const TransformConfig* find_transform(const std::string& name) const;
  const SuiteConfig* find_suite(const std::string& name) const;
  const ProfileConfig* find_profile(const std::string& name) const;
  /// The file's and the run's; a run's `only_plugins` are instead of both the file's.
  PluginPlaces plugins_of(const RunConfig& run) const;
};

/// Reads a YAML file and those that it includes. Notes every mistake, with what was expected
/// there, and leaves out what it spoils.
Config load_config(const std::filesystem::path& file, Problems& problems);

/// The same; throws ConfigError when there are mistakes.
Config load_config(const std::filesystem::path& file);

}  // namespace roundtrip
