#pragma once

#include <filesystem>
#include <vector>

#include "runner/report/read_report.h"

namespace roundtrip {

/// The reports of the shards of a run, and of the runs of a configuration (the cells of its
/// matrix), as the report of one run: its tests by run and shard, the longest duration, and of the
/// environment what all have in common. Runs and shards that no report has are named in the
/// results. Throws Error when the reports do not belong together, when something is in two of
/// them, or a test in none. `files` are the reports' names, for messages.
Report merge_reports(std::vector<Report> reports, const std::vector<std::filesystem::path>& files);

}  // namespace roundtrip
