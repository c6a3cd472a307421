#pragma once

#include <boost/program_options.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runner/report/terminal.h"

namespace roundtrip {

/// The command line is wrong; `what()` says how and what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a command was given: its program's name as typed, and what follows the
/// command's own name.
struct CommandLine {
  std::string program;
  std::vector<std::string> arguments;
};

/// How a command line that is made for later names files: as the user did, or for any folder.
enum class PathStyle { as_given, absolute };

/// The options of one command, with those that several commands share.
class Arguments {
 public:
  /// `help` is what --help prints above the list of options.
  Arguments(std::string command, std::string help);

  const std::string& command() const { return command_; }
  boost::program_options::options_description& options() { return options_; }
  void add_config();
  /// A NAME after CONFIG.
  void add_name();
  /// Any number of files, called `name` in the help.
  void add_files(const std::string& name);
  void add_plugin_dirs();
  /// What decides which tests there are: filters, profile, settings, cells.
  void add_selection();

  /// Prints the help and returns false when that was asked for. Options that the command line
  /// does not give may come from the environment: ROUNDTRIP_JOBS for --jobs. Throws
  /// UsageError.
  bool parse(const CommandLine& line);

  /// Whether environment and profile may give this option.
  bool takes_default(const std::string& option) const;

  /// Takes an option, unless the command line or the environment gave it. A switch takes true
  /// or false. Throws UsageError.
  void add_default(const std::string& option, const std::string& value);

  /// The environment variable that gave the option; empty if none did.
  std::string variable_of(const std::string& option) const;

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  template <typename T>
  T get(const std::string& name) const {
    return values_[name].as<T>();
  }

  /// Nothing when no CONFIG was given.
  std::optional<std::filesystem::path> config() const;
  /// Throws UsageError when no CONFIG was given.
  std::filesystem::path required_config() const;
  std::vector<std::filesystem::path> plugin_dirs() const;
  /// All values of an option that may be given several times.
  std::vector<std::string> texts(const std::string& name) const;
  /// Throws UsageError unless the option's value is one of these.
  void check_choice(const std::string& name, const std::vector<std::string>& choices) const;
  /// Those options that change how tests run, as words of a command line: plugins, profile and
  /// settings.
  std::vector<std::string> run_options(PathStyle paths) const;
  /// Nothing when it was not given.
  std::optional<std::string> text(const std::string& name) const;

 private:
  void take_environment();
  void take(const std::string& option, const std::string& value, const std::string& variable);
  bool is_switch(const std::string& option) const;
  std::string unknown_option(const std::string& option) const;

  std::string command_;
  std::string help_;
  bool takes_config_ = false;
  bool takes_name_ = false;
  std::string files_;  // what the files are called; empty when it takes none
  boost::program_options::options_description options_;
  boost::program_options::variables_map values_;
  std::map<std::string, std::string> variables_;  // which gave an option, by the option
};

}  // namespace roundtrip
