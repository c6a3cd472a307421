#include "runner/cli/file_reporters.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "runner/report/report_file.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// Bazel names the file in which it expects the report.
std::optional<std::string> junit_path(const Arguments& arguments) {
  if (auto path = arguments.text("junit")) return path;
  const char* bazel = std::getenv("XML_OUTPUT_FILE");
  return bazel != nullptr && *bazel != '\0' ? std::optional<std::string>(bazel) : std::nullopt;
}

/// Of which each is taken once.
class Paths {
 public:
  fs::path take(const std::string& option, const std::string& path) {
    try {
      const fs::path report = prepare_report_file(path);
      const auto [other, is_new] = option_of_.emplace(fs::weakly_canonical(report), option);
      if (is_new || !is_file_or_nothing(report)) return report;
      throw UsageError(fmt::format("{} and {} would both write {}; give each a path of its own",
                                   other->second, option, path));
    } catch (const Error& error) {
      throw UsageError(fmt::format("{}: {}", option, error.what()));
    }
  }

 private:
  std::map<fs::path, std::string> option_of_;
};

}  // namespace

void FileReporters::declare(po::options_description& options) {
  const auto file = [] { return po::value<std::string>()->value_name("FILE"); };
  options.add_options()                                              //
      ("junit", file(), "write JUnit XML to FILE")                   //
      ("json", file(), "write a JSON record of every test to FILE")  //
      ("tap", file(), "write TAP 14 to FILE");
}

FileReporters::FileReporters(const Arguments& arguments, const Environment& environment,
                             const PlanPart& part) {
  Paths paths;
  if (const auto path = junit_path(arguments)) junit_.emplace(paths.take("--junit", *path), part);
  if (const auto path = arguments.text("json")) {
    json_.emplace(paths.take("--json", *path), environment, part);
  }
  if (const auto path = arguments.text("tap")) tap_.emplace(paths.take("--tap", *path), part);
}

void FileReporters::add_to(Reporters& reporters) {
  if (junit_) reporters.add(*junit_);
  if (json_) reporters.add(*json_);
  if (tap_) reporters.add(*tap_);
}

}  // namespace roundtrip
