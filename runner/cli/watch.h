#pragma once

#include <functional>

#include "runner/cli/session.h"

namespace roundtrip {

/// Runs the tests of a session, and returns the exit code.
using RunSession = std::function<int(Arguments& arguments, Session& session)>;

/// Runs the session's tests and then, whenever files of the configuration or of its plugins have
/// changed, those tests again whose results depend on what has changed. Ends when the process is
/// asked to, with the exit code of the last run. What is wrong in between is said, and the next
/// change waited for.
int run_and_watch(const CommandLine& line, Arguments& arguments, Session session,
                  const RunSession& run);

}  // namespace roundtrip
