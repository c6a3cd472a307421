#pragma once

#include <filesystem>
#include <vector>

#include "runner/report/read_report.h"

namespace roundtrip {

/// The reports of a run's shards as the report of one run: its tests by shard, the longest
/// duration, and of the environment what all shards have in common. Throws Error when they
/// are not all shards of one run, each once, or when a test is in two of them or in none.
/// `files` are the reports' names, for messages.
Report merge_reports(std::vector<Report> reports, const std::vector<std::filesystem::path>& files);

}  // namespace roundtrip
