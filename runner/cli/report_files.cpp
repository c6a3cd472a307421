#include "runner/cli/report_files.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "runner/report/merge.h"

namespace roundtrip {

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry);
  }
  if (files.empty()) throw ConfigError(path.string() + ": has no JSON report in it");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<std::filesystem::path> report_files(const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> files;
  for (const auto& name : names) {
    for (auto& file : files_of(name)) files.push_back(std::move(file));
  }
  return files;
}

Report joined_reports(const std::vector<std::filesystem::path>& files) {
  std::vector<Report> reports;
  for (const auto& file : files) reports.push_back(read_report(file));
  return merge_reports(std::move(reports), files);
}

}  // namespace roundtrip
