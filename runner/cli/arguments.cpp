#include "runner/cli/arguments.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string_view>

#include "runner/text/nearest.h"
#include "runner/text/shell.h"

namespace roundtrip {

namespace po = boost::program_options;

namespace {

constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

/// How wide the list of options may be; text that is piped may be read anywhere.
unsigned help_columns() {
  constexpr std::size_t kLeast = 50, kMost = 100;
  const Terminal terminal(stdout, ColorMode::automatic);
  const std::size_t columns = terminal.is_interactive() ? terminal.size().columns : kMost;
  return static_cast<unsigned>(std::clamp(columns, kLeast, kMost));
}

bool is_repeatable(const po::option_description* option) {
  using Texts = po::typed_value<std::vector<std::string>>;
  return option == nullptr || dynamic_cast<const Texts*>(option->semantic().get()) != nullptr;
}

/// If an option that takes one value is given several times, the last one counts: a script's
/// options come before its user's.
po::parsed_options with_last_only(const po::parsed_options& parsed,
                                  const po::options_description& known) {
  po::parsed_options kept(parsed.description, parsed.m_options_prefix);
  std::set<std::string> seen;
  for (auto option = parsed.options.rbegin(); option != parsed.options.rend(); ++option) {
    const bool is_last = seen.insert(option->string_key).second;
    const auto* description = known.find_nothrow(option->string_key, /*approx=*/false);
    if (is_last || is_repeatable(description)) kept.options.push_back(*option);
  }
  std::reverse(kept.options.begin(), kept.options.end());
  return kept;
}

/// Options whose values from elsewhere are announced to the user.
bool decides_results(const std::string& option) {
  static const std::set<std::string> kOptions = {
      "filter",   "cell",      "profile",      "set",      "plugin-dir", "last-failed",
      "stepwise", "resume",    "shard",        "shard-by", "times",      "repeat",
      "stress",   "fail-fast", "max-failures", "isolation"};
  return kOptions.count(option) > 0;
}

}  // namespace

Arguments::Arguments(std::string command, std::string help)
    : command_(std::move(command)), help_(std::move(help)), options_("Options", help_columns()) {
  options_.add_options()("help,h", "print this help");
}

void Arguments::add_config() {
  takes_config_ = true;
}

void Arguments::add_name() {
  takes_name_ = true;
}

void Arguments::add_files(const std::string& name) {
  files_ = name;
}

void Arguments::add_plugin_dirs() {
  options_.add_options()("plugin-dir", po::value<std::vector<std::string>>()->value_name("PATH"),
                         "load plugins from this folder or file too (repeatable); so are those "
                         "that ROUNDTRIP_PLUGIN_PATH lists, separated by ':'");
}

void Arguments::add_selection() {
  const auto text = [] { return po::value<std::string>(); };
  const auto texts = [] { return po::value<std::vector<std::string>>(); };
  options_.add_options()  //
      ("filter,E", texts()->value_name("FILTER"),
       "only tests that meet the filter (repeatable: any of them). A glob means the derived name "
       "Class.test or the original Suite.test; there are test(GLOB), derived(GLOB), suite(GLOB), "
       "transform(GLOB), run(GLOB), tag(GLOB), xfail(GLOB), outcome(NAME), libtorch(>=VERSION) and "
       "platform(GLOB) too, and 'and', 'or', 'not' and parentheses")  //
      ("cell", texts()->value_name("GLOB"),
       "only runs, or cells of a matrix, whose name matches (repeatable)")              //
      ("profile", text()->value_name("NAME"), "use this profile of the configuration")  //
      ("set", texts()->value_name("KEY=VALUE"),
       "change a setting for all tests, such as timeout=5, or an option of a suite: "
       "suites.Corpus.folder=programs (repeatable)");
}

bool Arguments::parse(const CommandLine& line) {
  po::options_description all;
  po::positional_options_description positional;
  all.add(options_).add_options()("CONFIG", po::value<std::string>());
  positional.add("CONFIG", takes_config_ ? 1 : 0);
  if (takes_name_) {
    all.add_options()("NAME", po::value<std::string>());
    positional.add("NAME", 1);
  }
  if (!files_.empty()) {
    all.add_options()(files_.c_str(), po::value<std::vector<std::string>>());
    positional.add(files_.c_str(), -1);
  }
  try {
    const auto parsed = po::command_line_parser(line.arguments)
                            .options(all)
                            .positional(positional)
                            .style(kStyle)
                            .run();
    po::store(with_last_only(parsed, all), values_);
  } catch (const po::unknown_option& error) {
    throw UsageError(unknown_option(error.get_option_name()));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("'{}' takes {}; see 'roundtrip {} --help'", command_,
                                 takes_config_ ? "one CONFIG" : "no argument", command_));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see 'roundtrip {} --help'", error.what(), command_));
  }
  if (has("help")) {
    std::cout << help_ << "\n" << options_;
    return false;
  }
  if (!has("ctest")) take_environment();  // who builds decides nothing for who tests
  return true;
}

/// ROUNDTRIP_MAX_FAILURES for --max-failures; other variables are not options.
void Arguments::take_environment() {
  constexpr std::string_view kPrefix = "ROUNDTRIP_";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    std::string option(text.substr(kPrefix.size(), equals - kPrefix.size()));
    for (char& c : option) c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
    take(option, std::string(text.substr(equals + 1)), std::string(text.substr(0, equals)));
  }
  constexpr const char* kBazel = "TESTBRIDGE_TEST_ONLY";  // Bazel's --test_filter
  const char* filter = std::getenv(kBazel);
  if (filter != nullptr && *filter != '\0') take("filter", filter, kBazel);
}

/// Takes an option from an environment variable, if it is one that may be given so.
void Arguments::take(const std::string& option, const std::string& value,
                     const std::string& variable) {
  const bool is_given = has(option) && !values_[option].defaulted();
  if (is_given || !takes_default(option)) return;
  try {
    add_default(option, value);
  } catch (const UsageError& error) {
    throw UsageError(variable + ": " + error.what());
  }
  if (!has(option)) return;  // a switch that is off
  variables_[option] = variable;
  if (!decides_results(option)) return;
  const std::string given = is_switch(option) ? "" : " " + shell_quoted(value);
  std::cerr << fmt::format("note: --{}{} is from the environment, {}\n", option, given, variable);
}

bool Arguments::is_switch(const std::string& option) const {
  return options_.find(option, /*approx=*/false).semantic()->max_tokens() == 0;
}

/// Other commands take only what decides which tests there are: their --json is not run's.
bool Arguments::takes_default(const std::string& option) const {
  static const std::set<std::string> kSelection = {"filter", "cell", "profile", "set",
                                                   "plugin-dir"};
  return options_.find_nothrow(option, /*approx=*/false) != nullptr &&
         (command_ == "run" || kSelection.count(option) > 0);
}

void Arguments::add_default(const std::string& option, const std::string& value) {
  const auto* known = options_.find_nothrow(option, /*approx=*/false);
  if (known == nullptr) throw UsageError(unknown_option("--" + option));
  const bool takes_no_value = is_switch(option);
  if (takes_no_value && value != "true" && value != "false") {
    throw UsageError("option '--" + option + "' must be true or false, not '" + value + "'");
  }
  if (takes_no_value && value == "false") return;
  po::parsed_options parsed(&options_);
  po::option entry;
  entry.string_key = option;
  if (!takes_no_value) entry.value = {value};
  parsed.options.push_back(entry);
  try {
    po::store(parsed, values_);
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
}

std::string Arguments::variable_of(const std::string& option) const {
  const auto entry = variables_.find(option);
  return entry == variables_.end() ? "" : entry->second;
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

std::vector<std::string> Arguments::run_options(PathStyle paths) const {
  std::vector<std::string> words;
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {std::string("--") + option, value});
  };
  for (const auto& path : plugin_dirs()) {
    add("plugin-dir",
        paths == PathStyle::absolute ? std::filesystem::absolute(path).string() : path.string());
  }
  if (const auto profile = text("profile")) add("profile", *profile);
  for (const auto& assignment : texts("set")) add("set", assignment);
  return words;
}

void Arguments::check_choice(const std::string& name,
                             const std::vector<std::string>& choices) const {
  const auto value = get<std::string>(name);
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  throw UsageError(fmt::format("--{} takes {}, not '{}'", name, fmt::join(choices, " or "), value));
}

std::optional<std::string> Arguments::text(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return get<std::string>(name);
}

}  // namespace roundtrip
