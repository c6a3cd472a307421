#include "pt2/arguments.h"

#include <c10/util/Exception.h>

#include <map>

#include "pt2/operator_options.h"
#include "support/quantities.h"

namespace roundtrip::pt2 {

namespace po = boost::program_options;

namespace {

using Texts = std::vector<std::string>;

po::options_description describe(const CommandOptions& command) {
  po::options_description options;
  auto add = options.add_options();
  add("FILE", po::value<Texts>());
  add("model", po::value<std::string>());
  if (command.has_out) add("out", po::value<std::string>());
  if (command.has_transforms) add("transform", po::value<Texts>());
  if (command.has_transforms) add("plugin-dir", po::value<Texts>());
  if (command.has_library) add_library_option(options);
  if (command.has_inputs) add("inputs", po::value<std::string>());
  if (command.has_runs) add("runs", po::value<std::int64_t>());
  if (command.has_device) add("device", po::value<std::string>());
  if (command.has_json) add("json", po::bool_switch());
  if (!command.runs_programs) return options;
  add("seed", po::value<std::uint64_t>());
  add_allow_option(options);
  add("timeout", po::value<std::string>());
  add("memory", po::value<std::string>());
  return options;
}

/// How long a program may run if nobody says.
constexpr double kDefaultTimeout = 600;

/// What `parse` makes of the option's text, or a default value.
template <typename T>
T limit_from(const po::variables_map& values, const std::string& name, T absent,
             T (*parse)(const std::string&)) {
  if (!values.count(name)) return absent;
  const std::string text = values[name].as<std::string>();
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError("--" + name + " " + error.what() + ", not '" + text + "'");
  }
}

c10::Device parse_device(const std::string& text) {
  try {
    return c10::Device(text);
  } catch (const c10::Error&) {
    throw UsageError("--device must be a device such as cpu or cuda:0, not '" + text + "'");
  }
}

/// Results are named after their file's stem.
void check_stems(const Arguments& arguments) {
  std::map<std::string, std::filesystem::path> known;
  for (const auto& file : arguments.files) {
    auto [entry, is_new] = known.emplace(file.stem().string(), file);
    if (is_new) continue;
    throw UsageError("'" + entry->second.string() + "' and '" + file.string() +
                     "' would be written under one name; give them in two calls with two --out");
  }
}

}  // namespace

po::variables_map parse_words(const Texts& words, const po::options_description& options,
                              const char* positional, int most) {
  constexpr int kStyle =
      po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::positional_options_description places;
  places.add(positional, most);
  po::variables_map values;
  try {
    po::store(
        po::command_line_parser(words).options(options).positional(places).style(kStyle).run(),
        values);
  } catch (const po::error& error) {
    throw UsageError(std::string(error.what()) + "; see 'pt2 --help'");
  }
  return values;
}

Arguments parse_arguments(const CommandOptions& command, const Texts& words) {
  auto values = parse_words(words, describe(command), "FILE", -1);
  auto texts = [&](const char* name) {
    return values.count(name) ? values[name].as<Texts>() : Texts{};
  };
  Arguments arguments;
  for (const auto& file : texts("FILE")) arguments.files.emplace_back(file);
  if (arguments.files.empty()) {
    throw UsageError("'" + command.name + "' needs at least one FILE; see 'pt2 --help'");
  }
  if (values.count("model")) arguments.model = values["model"].as<std::string>();
  arguments.transforms = texts("transform");
  for (const auto& folder : texts("plugin-dir")) arguments.plugin_dirs.emplace_back(folder);
  if (values.count("seed")) arguments.seed = values["seed"].as<std::uint64_t>();
  if (values.count("inputs")) arguments.inputs = values["inputs"].as<std::string>();
  if (values.count("runs")) arguments.runs = values["runs"].as<std::int64_t>();
  if (arguments.runs < 1) throw UsageError("--runs must be 1 or more");
  if (values.count("device")) arguments.device = parse_device(values["device"].as<std::string>());
  arguments.as_json = command.has_json && values["json"].as<bool>();
  load_libraries(values);
  if (command.runs_programs) {
    arguments.allowed = allowed_operators(values);
    arguments.limits = {limit_from(values, "timeout", kDefaultTimeout, parse_seconds),
                        limit_from(values, "memory", std::int64_t{0}, parse_bytes)};
  }
  if (!command.has_out) return arguments;
  if (!values.count("out")) {
    throw UsageError("'" + command.name + "' needs --out DIR, the folder for its results");
  }
  arguments.out = values["out"].as<std::string>();
  check_stems(arguments);
  return arguments;
}

}  // namespace roundtrip::pt2
