#pragma once

#include <boost/program_options.hpp>

#include "runner/cli/session.h"
#include "runner/process/interrupts.h"
#include "runner/results/reporter.h"
#include "runner/results/results.h"

namespace roundtrip {

/// `--artifacts` and `--artifacts-size`.
void declare_artifacts(boost::program_options::options_description& options);

/// Throws UsageError for a size that is none.
void check_artifacts(const Arguments& arguments);

/// Keeps the programs of tests that failed: runs each of them once more, with the programs written
/// before and after each link of its chain (export/api/chain_record.h), and notes in its result
/// where they are; of many, the first, and of long ones only those whose user gave a folder. Tells
/// `reporter` how many it runs. What comes of these runs changes no outcome. So that a test which
/// passes costs nothing, and one whose process is lost has kept what it had come to.
void keep_artifacts(const Arguments& arguments, Session& session, Interrupts& interrupts,
                    Reporter& reporter, RunResults& results);

}  // namespace roundtrip
