#pragma once

#include <roundtrip/exported_program.h>

#include <boost/program_options.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pt2/isolated.h"

namespace roundtrip::pt2 {

/// What a command is asked to do.
struct Arguments {
  std::vector<std::filesystem::path> files;
  std::filesystem::path out;
  std::vector<std::string> transforms;
  std::vector<std::filesystem::path> plugin_dirs;
  std::uint64_t seed = 0;
  AllowedOperators allowed;
  Limits limits;
  std::string model;                  ///< of an archive with several; empty if none was chosen
  std::filesystem::path inputs;       ///< a file of inputs to run on; empty for the example inputs
  std::optional<c10::Device> device;  ///< to move programs to
  std::int64_t runs = 10;
  bool as_json = false;
};

/// The command line is wrong; the message says how and where help is.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads `words` by `options`; words without an option's name go to `positional`, as
/// many as `most` (-1 for any number). Throws `UsageError`.
boost::program_options::variables_map parse_words(
    const std::vector<std::string>& words,
    const boost::program_options::options_description& options, const char* positional, int most);

/// Which options a command has besides `--help`.
struct CommandOptions {
  std::string name;
  bool has_out = false;
  bool has_transforms = false;
  bool has_library = false;
  bool runs_programs = false;  ///< and has the options for that
  bool has_inputs = false;
  bool has_device = false;
  bool has_runs = false;
  bool has_json = false;
};

/// Those of `convert`, which the runtime does where no transformation is named.
inline const CommandOptions kConvert{.name = "convert",
                                     .has_out = true,
                                     .has_transforms = true,
                                     .has_library = true,
                                     .runs_programs = true,
                                     .has_device = true};

/// Parses the words after the command's name, and loads the libraries that they name. Throws
/// `UsageError`, also for two files that would be written under one name.
Arguments parse_arguments(const CommandOptions& command, const std::vector<std::string>& words);

}  // namespace roundtrip::pt2
