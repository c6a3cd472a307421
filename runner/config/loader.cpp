#include "runner/config/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "runner/config/entries.h"
#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

constexpr const char* kVersion = "1";

/// Includes nested deeper than this are a mistake.
constexpr std::size_t kMaxIncludes = 32;

const std::vector<std::string> kKeys = {"version",    "include",  "plugins",  "only_plugins",
                                        "transforms", "suites",   "defaults", "runs",
                                        "overrides",  "profiles", "xfail",    "skip",
                                        "quarantine", "history",  "groups",   "setup"};

/// Whether the key is the user's own, such as a home for anchors.
bool is_own_use(const std::string& key) {
  return key.starts_with("x-");
}

/// Nothing, with a problem noted, when the file is not one YAML document. `text` is what it holds.
std::optional<YAML::Node> parse_file(const Source& source, std::string& text) {
  std::ifstream stream(source.file);
  if (!stream || std::filesystem::is_directory(source.file)) {
    source.problems.add({source.file}, "cannot be opened; give the path of a YAML file");
    return std::nullopt;
  }
  text.assign(std::istreambuf_iterator<char>(stream), {});
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() == 1) return documents.front();
    source.problems.add({source.file, 1, 1}, "the file must hold exactly one YAML document");
  } catch (const YAML::ParserException& error) {
    source.problems.add({source.file, error.mark.line + 1, error.mark.column + 1},
                        "not valid YAML: " + error.msg);
  } catch (const YAML::Exception& error) {
    source.problems.add({source.file}, "not valid YAML: " + error.msg);
  }
  return std::nullopt;
}

/// Reads a file, and before it those that it includes, into one Config.
class Loader {
 public:
  Loader(Config& config, Problems& problems) : config_(config), problems_(problems) {}

  void read(const std::filesystem::path& file) {
    config_.files.push_back(file);
    const Source source{file.string(), problems_};
    std::string text;
    const auto document = parse_file(source, text);
    config_.fingerprint = fmt::format("{:016x}", stable_hash(config_.fingerprint + text));
    if (!document) return;
    std::vector<NamedNode> entries;
    for (const auto& entry : named_nodes(source, *document, "the configuration")) {
      if (!is_own_use(entry.name.text)) entries.push_back(entry);
    }
    if (!document->IsMap()) return;
    const Section top(source, std::move(entries), source.place_of(*document), "the configuration",
                      kKeys);
    check_version(top);
    read_includes(top, file);
    read_sections(top);
  }

 private:
  void check_version(const Section& top) {
    const YAML::Node* version = top.required("version");
    if (version == nullptr || (version->IsScalar() && version->Scalar() == kVersion)) return;
    top.source().fail(*version, "'version' must be 1: this runner reads no other");
  }

  void read_includes(const Section& top, const std::filesystem::path& file) {
    std::error_code ignored;  // of a pipe
    open_.push_back(std::filesystem::weakly_canonical(file, ignored));
    for (const auto& name : top.names("include")) {
      const auto path = file.parent_path() / name.text;
      const auto real = std::filesystem::weakly_canonical(path);
      const bool is_open = std::find(open_.begin(), open_.end(), real) != open_.end();
      if (is_open || open_.size() > kMaxIncludes) {
        problems_.add(name.place, "'" + name.text + "' includes itself");
      } else if (!std::filesystem::is_regular_file(path)) {
        problems_.add(name.place, "no file '" + path.string() + "' to include");
      } else if (read_.insert(real).second) {
        read(path);
      }
    }
    open_.pop_back();
  }

  void read_sections(const Section& top) {
    const Source& source = top.source();
    config_.plugins.add(read_plugins(top));
    for (const auto& entry : top.map("transforms")) {
      add("transform", config_.transforms, read_transform(source, entry));
    }
    for (const auto& entry : top.map("suites")) {
      add("suite", config_.suites, read_suite(source, entry));
    }
    for (const auto& entry : top.map("profiles")) {
      add("profile", config_.profiles, read_profile(source, entry));
    }
    if (const auto* defaults = top.find("defaults")) {
      const Section section(source, *defaults, "'defaults'", setting_names());
      config_.defaults.add(section.settings());
    }
    read_test_entries(top);
    if (const auto* history = top.find("history")) read_history(source, *history, config_.history);
    read_runs_of(top);
  }

  /// The entries of one of the lists whose filters select tests.
  template <typename Entry>
  static void read_list(const Section& top, const char* key,
                        std::optional<Entry> (*read)(const Source&, const YAML::Node&),
                        std::vector<Entry>& entries) {
    for (const auto& node : top.list(key)) {
      if (auto entry = read(top.source(), node)) entries.push_back(std::move(*entry));
    }
  }

  void read_test_entries(const Section& top) {
    read_list(top, "overrides", read_override, config_.overrides);
    read_list(top, "xfail", read_xfail, config_.xfail);
    read_list(top, "skip", read_skip, config_.skip);
    read_list(top, "quarantine", read_quarantine, config_.quarantine);
    for (const auto& entry : top.map("groups")) {
      add("group", config_.groups, read_group(top.source(), entry));
    }
    std::vector<SetUpEntry> setup;
    read_list(top, "setup", read_setup, setup);
    for (auto& entry : setup) add("set-up", config_.setup, std::move(entry));
  }

  void read_runs_of(const Section& top) {
    for (const auto& node : top.list("runs")) {
      for (auto& run : read_runs(top.source(), node)) {
        const bool is_taken =
            !run.name.empty() && !named_.emplace(std::pair("run", run.name), run.place).second;
        if (is_taken) problems_.add(run.place, "two runs are called '" + run.name + "'");
        config_.runs.push_back(std::move(run));
      }
    }
  }

  /// Adds an entry whose name no entry of another file has.
  template <typename Entry>
  void add(const std::string& kind, std::vector<Entry>& entries, Entry entry) {
    const auto [other, is_new] = named_.emplace(std::pair(kind, entry.name.text), entry.name.place);
    if (is_new) return entries.push_back(std::move(entry));
    problems_.add(entry.name.place, "the " + kind + " '" + entry.name.text +
                                        "' is there already, at " + other->second.text());
  }

  Config& config_;
  Problems& problems_;
  std::vector<std::filesystem::path> open_;
  std::set<std::filesystem::path> read_;  ///< included before: what they say is there already
  std::map<std::pair<std::string, std::string>, Place> named_;  ///< by kind and name
};

}  // namespace

void read_files(const std::filesystem::path& file, Config& config, Problems& problems) {
  Loader(config, problems).read(file);
}

}  // namespace roundtrip
