#include <fmt/format.h>
#include <roundtrip/error.h>

#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <set>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/plugin_host/linked_libraries.h"
#include "runner/plugin_host/search_path.h"
#include "runner/plugin_host/unpacked.h"
#include "runner/text/shell.h"
#include "support/command.h"
#include "support/new_file.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;

constexpr const char* kArchiveHelp =
    "roundtrip archive -o FILE [CONFIG...] [options]\n"
    "\n"
    "Packs the runner, its plugins and configurations into one file, to run elsewhere: on nodes of "
    "a\n"
    "cluster, in the jobs of a CI, in an image. It holds one folder, called as FILE is, with\n"
    "bin/roundtrip, lib/ with what the runner and the plugins are linked to, and each CONFIG with\n"
    "what it includes and the files that its suites and transformations are given, in the place "
    "that\n"
    "they have below --root. What lies elsewhere must be at its place there, too, and is named.\n"
    "\n"
    "LibTorch is not in it, nor Python. LibTorch is looked for where it is now; where it is "
    "elsewhere,\n"
    "ROUNDTRIP_LIBTORCH says where. Suites in Python also need the Python that they have here, at\n"
    "the same place.\n"
    "\n"
    "Examples:\n"
    "  roundtrip archive -o nightly.tar.gz config/nightly.yaml\n"
    "  tar -xf nightly.tar.gz && nightly/bin/roundtrip run nightly/config/nightly.yaml\n";

/// A form of archives.
struct Form {
  const char* suffix;
  const char* option;  ///< of tar
};
constexpr Form kForms[] = {
    {".tar", ""}, {".tar.gz", "--gzip"}, {".tgz", "--gzip"}, {".tar.zst", "--zstd"}};

/// That of a file of this name, which has more than the suffix. Throws UsageError.
const Form& form_of(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const auto& form : kForms) {
    if (name.ends_with(form.suffix) && name.size() > std::strlen(form.suffix)) return form;
  }
  throw UsageError(fmt::format(
      "-o takes a FILE that ends in .tar, .tar.gz, .tgz or .tar.zst, not '{}'", file.string()));
}

/// "nightly" of nightly.tar.gz.
std::string folder_of(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.substr(0, name.size() - std::strlen(form_of(file).suffix));
}

/// What goes into the archive: a folder of links to the files.
class Contents {
 public:
  explicit Contents(const std::string& name) {
    std::string place = (fs::temp_directory_path() / "roundtrip-XXXXXX").string();
    if (::mkdtemp(place.data()) == nullptr) throw Error("no temporary folder can be made");
    place_ = place;
    folder_ = place_ / name;
    fs::create_directories(folder_ / "lib/roundtrip");
  }
  ~Contents() {
    std::error_code ignored;
    fs::remove_all(place_, ignored);
  }
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;

  const fs::path& place() const { return place_; }
  const fs::path& folder() const { return folder_; }

  /// A file or a folder, which is called `name` in the archive. Throws UsageError when another one
  /// is.
  void add(const fs::path& name, const fs::path& file) {
    const auto [known, is_new] = added_.emplace(name, fs::canonical(file));
    if (!is_new && known->second == fs::canonical(file)) return;
    if (!is_new) {
      throw UsageError(fmt::format("{} and {} would both be {} in the archive",
                                   known->second.string(), file.string(), name.string()));
    }
    fs::create_directories((folder_ / name).parent_path());
    fs::create_symlink(fs::canonical(file), folder_ / name);
  }

 private:
  fs::path place_;
  fs::path folder_;
  std::map<fs::path, fs::path> added_;
};

/// A virtual environment cannot be moved.
bool is_in_environment(const fs::path& path) {
  for (fs::path folder = path; folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "pyvenv.cfg")) return true;
  }
  return false;
}

/// Adds what lies below a root at the place that it has there, and notes the rest.
class Rooted {
 public:
  Rooted(Contents& contents, const fs::path& root)
      : contents_(contents), root_(fs::canonical(root)) {}

  void add(const fs::path& path) {
    fs::path whole = fs::absolute(path).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // "folder/"
    const fs::path name = whole.lexically_relative(root_);
    if (name.empty() || name == "." || *name.begin() == ".." || is_in_environment(whole)) {
      elsewhere_.insert(whole.string());
      return;
    }
    if (*name.begin() == "bin" || *name.begin() == "lib") {
      throw UsageError(fmt::format("{} would lie among the runner's own files; give another --root",
                                   path.string()));
    }
    paths_.insert(name);
  }

  /// What lies within another folder is there already.
  void finish() {
    fs::path last;
    for (const auto& name : paths_) {
      const bool is_within =
          !last.empty() &&
          std::mismatch(last.begin(), last.end(), name.begin(), name.end()).first == last.end();
      if (is_within) continue;
      contents_.add(name, root_ / name);
      last = name;
    }
    for (const auto& path : elsewhere_) {
      std::cerr << "warning: not in the archive, and must be there where it runs: " << path << "\n";
    }
  }

 private:
  Contents& contents_;
  const fs::path root_;
  std::set<fs::path> paths_;
  std::set<std::string> elsewhere_;
};

void add_paths(const Offer& offer, const OptionValues::Map& values, Rooted& rooted) {
  for (const auto& option : offer.options) {
    const auto value = values.find(option.name);
    if (option.type != OptionInfo::Type::path || value == values.end() || value->second.empty()) {
      continue;
    }
    rooted.add(value->second);
  }
}

/// What the tests' suites and transformations are given.
void add_data(Session& session, Rooted& rooted) {
  std::set<const SuiteCall*> suites;
  for (const auto& test : session.plan) {
    const Catalog& catalog = session.workers->catalog(session.config->runs[test.run_index]);
    for (const auto& link : test.chain) {
      if (const auto* offer = catalog.find_transform(link.name)) {
        add_paths(*offer, link.options, rooted);
      }
    }
    const SuiteCall& suite = *test.suite_call;
    if (!suites.insert(&suite).second) continue;
    const auto* offer =
        suite.kind.empty() ? catalog.find_suite(suite.name) : catalog.find_kind(suite.kind);
    if (offer != nullptr) add_paths(*offer, suite.options, rooted);
  }
}

void add_configured_plugins(const Config& config, Rooted& rooted, std::vector<fs::path>& linked) {
  for (const auto& run : config.runs) {
    const PluginPlaces places = config.plugins_of(run);
    std::vector<fs::path> paths = places.added;
    if (places.only) paths.insert(paths.end(), places.only->begin(), places.only->end());
    for (const auto& path : paths) rooted.add(path);
    for (auto& plugin : find_plugins(paths, {})) linked.push_back(std::move(plugin));
  }
}

void add_configuration(const std::string& file, const std::vector<fs::path>& plugin_dirs,
                       Rooted& rooted, std::vector<fs::path>& linked) {
  CommandLine line{"roundtrip", {file}};
  for (const auto& path : plugin_dirs) {
    line.arguments.insert(line.arguments.end(), {"--plugin-dir", path.string()});
  }
  Arguments arguments("archive", "");
  arguments.add_config();
  arguments.add_selection();
  arguments.add_plugin_dirs();
  arguments.parse(line);
  Session session = open_session(arguments);
  for (const auto& part : session.config->files) rooted.add(part);
  add_configured_plugins(*session.config, rooted, linked);
  add_data(session, rooted);
}

/// The plugins that every configuration has, and what they load themselves.
void add_runner(const std::vector<fs::path>& plugin_dirs, Contents& contents,
                std::vector<fs::path>& linked) {
  use_unpacked_libraries();  // it may itself come from an archive
  const fs::path runner = fs::read_symlink("/proc/self/exe");
  contents.add("bin/roundtrip", runner);
  linked.push_back(runner);
  const auto add = [&](const fs::path& folder, const fs::path& library) {
    contents.add(folder / library.filename(), library);
    linked.push_back(library);
  };
  for (const auto& plugin : find_plugins(std::nullopt, plugin_dirs)) {
    add("lib/roundtrip/plugins", plugin);
  }
  const fs::path beside = runner.parent_path().parent_path() / "lib/roundtrip";
  if (!fs::is_directory(beside)) return;
  for (const auto& entry : fs::directory_iterator(beside)) {
    if (entry.path().extension() == ".so") add("lib/roundtrip", entry.path());
  }
}

void add_libraries(const std::vector<fs::path>& linked, Contents& contents) {
  const LinkedLibraries found = linked_libraries(linked);
  for (const auto& library : found.libraries) contents.add("lib" / library.filename(), library);
  write_file(contents.folder() / kLibTorchPlace, found.libtorch.string());
}

void pack(const Contents& contents, const fs::path& file) {
  const fs::path temporary = file.parent_path() / ("." + file.filename().string() + ".part");
  const std::string line = fmt::format(
      "tar --create {} --dereference --hard-dereference --sort=name --owner=0 --group=0 "
      "--numeric-owner --file={} --directory={} {}",
      form_of(file).option, shell_quoted(temporary.string()),
      shell_quoted(contents.place().string()),
      shell_quoted("./" + contents.folder().filename().string()));
  const int code = run_command(line).exit_code();
  std::error_code error;
  if (code == 0) fs::rename(temporary, file, error);
  if (code == 0 && !error) return;
  fs::remove(temporary, error);
  throw Error(fmt::format("{} could not be written: tar ended with code {}", file.string(), code));
}

}  // namespace

int archive_command(const CommandLine& line) {
  Arguments arguments("archive", kArchiveHelp);
  arguments.add_files("CONFIGS");
  const auto text = [](const char* name) {
    return boost::program_options::value<std::string>()->value_name(name);
  };
  arguments.options().add_options()                                               //
      ("output,o", text("FILE"), "the archive: .tar, .tar.gz, .tgz or .tar.zst")  //
      ("root", text("FOLDER"),
       "the folder below which a CONFIG and its files keep their places (default: this one)");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;
  if (!arguments.has("output"))
    throw UsageError("'archive' needs -o FILE: roundtrip archive -o roundtrip.tar.gz");
  const fs::path file = fs::absolute(*arguments.text("output"));
  Contents contents(folder_of(file));
  Rooted rooted(contents, arguments.text("root").value_or("."));
  std::vector<fs::path> linked;
  add_runner(arguments.plugin_dirs(), contents, linked);
  for (const auto& config : arguments.texts("CONFIGS")) {
    add_configuration(config, arguments.plugin_dirs(), rooted, linked);
  }
  rooted.finish();
  add_libraries(linked, contents);
  pack(contents, file);
  std::cout << fmt::format("{}: {:.1f} MiB, without LibTorch\n", file.string(),
                           static_cast<double>(fs::file_size(file)) / (1 << 20));
  return kAllAsExpected;
}

}  // namespace roundtrip
