#include "runner/cli/arguments.h"

#include <fmt/format.h>

#include <iostream>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace po = boost::program_options;

namespace {

constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

}  // namespace

Arguments::Arguments(std::string command, std::string help)
    : command_(std::move(command)), help_(std::move(help)), options_("Options", 100) {
  options_.add_options()("help,h", "print this help");
}

void Arguments::add_config() {
  takes_config_ = true;
}

void Arguments::add_plugin_dirs() {
  options_.add_options()("plugin-dir", po::value<std::vector<std::string>>()->value_name("PATH"),
                         "load plugins from this folder or file too (repeatable); so are those "
                         "that ROUNDTRIP_PLUGIN_PATH lists, separated by ':'");
}

void Arguments::add_filters() {
  options_.add_options()(
      "filter", po::value<std::vector<std::string>>()->value_name("GLOB"),
      "only tests whose derived name Class.test, or whose original name Suite.test, matches "
      "(repeatable: any of them); * matches any text, ? one character, [ab] one of them, and \\ "
      "takes the next character as it is");
}

bool Arguments::parse(const CommandLine& line) {
  po::options_description all;
  po::positional_options_description positional;
  all.add(options_).add_options()("CONFIG", po::value<std::string>());
  positional.add("CONFIG", takes_config_ ? 1 : 0);
  try {
    po::store(po::command_line_parser(line.arguments)
                  .options(all)
                  .positional(positional)
                  .style(kStyle)
                  .run(),
              values_);
    po::notify(values_);
  } catch (const po::unknown_option& error) {
    throw UsageError(unknown_option(error.get_option_name()));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("'{}' takes {}; see 'roundtrip {} --help'", command_,
                                 takes_config_ ? "one CONFIG" : "no argument", command_));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see 'roundtrip {} --help'", error.what(), command_));
  }
  if (!has("help")) return true;
  std::cout << help_ << "\n" << options_;
  return false;
}

std::string Arguments::unknown_option(const std::string& option) const {
  std::vector<std::string> known;
  for (const auto& entry : options_.options()) known.push_back("--" + entry->long_name());
  const std::string nearest = did_you_mean(option, known);
  return fmt::format("'{}' has no option '{}'{}", command_, option,
                     nearest.empty() ? "; see 'roundtrip " + command_ + " --help'" : nearest);
}

std::optional<std::filesystem::path> Arguments::config() const {
  if (!has("CONFIG")) return std::nullopt;
  return get<std::string>("CONFIG");
}

std::filesystem::path Arguments::required_config() const {
  if (const auto path = config()) return *path;
  throw UsageError(fmt::format("'{0}' needs a CONFIG: roundtrip {0} config/serdes.yaml", command_));
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  return has(name) ? get<std::vector<std::string>>(name) : std::vector<std::string>{};
}

std::vector<std::filesystem::path> Arguments::plugin_dirs() const {
  const auto paths = texts("plugin-dir");
  return {paths.begin(), paths.end()};
}

std::vector<std::string> Arguments::filters() const {
  return texts("filter");
}

}  // namespace roundtrip
