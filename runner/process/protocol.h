#pragma once

#include <roundtrip/plugin.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runner/plan/plan.h"
#include "runner/plugin_host/catalog.h"
#include "runner/process/process_tree.h"

/// What runner, worker and test processes say to each other, as JSON.
///
/// The runner asks its worker:
///   {"do": "load", "path"}                   -> {"is": "loaded", "plugin"} | failed
///   {"do": "list", "suite"}                  -> {"is": "listed", "tests", "files"} | failed
///   {"do": "run", and what a TestRequest has},
///     with two descriptors, the test's output and its result pipe
///                                            -> later {"is": "changed", "id", "status", "left"}
///                                               or {"is": "not_started", "id", "outcome"}
///   {"do": "finish"}                         -> {"is": "finished", "faults"}
/// "files" are those, and folders, that the suite said its tests depend on.
/// "left" has the processes that outlived a test whose process has ended, or one that ended in the
/// same moment.
/// "failed" is {"is": "failed", "message"}; answers to "load" and "list" also say with "changed"
/// what the plugin changed that tests inherit, and what was put back. A worker whose plugin throws
/// while it is loaded says {"is": "dying", "message"} and ends.
///
/// A test process writes to its result pipe an empty line before any code of the test runs, and
/// when the test is over {"token", "outcome": {"status", "message", "subcases"}, "children": [PID]}
/// with the processes that it leaves running. When an exception leaves the test it writes a line
/// "thrown ..." for each call that was under way; when it crashes a line "frame ..." for each
/// call under way; when it takes too long, for those of each thread, after a line "thread ...". The
/// pipe says which process wrote: what the test's own children write to it is not heard.
namespace roundtrip {

NLOHMANN_JSON_SERIALIZE_ENUM(OptionInfo::Type, {{OptionInfo::Type::text, "text"},
                                                {OptionInfo::Type::integer, "integer"},
                                                {OptionInfo::Type::number, "number"},
                                                {OptionInfo::Type::flag, "flag"},
                                                {OptionInfo::Type::path, "path"},
                                                {OptionInfo::Type::texts, "texts"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OptionInfo, name, type, default_value, help, is_required,
                                   choices)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Offer, name, description, options, has_scope)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginInfo, path, name, version, description, suites, kinds,
                                   transforms, libraries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(XfailMark, property, reason, issue, expires)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestInfo, name, class_name, xfail, tags, skip_reason, threads,
                                   file, line)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TransformCall, name, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SuiteCall, name, kind, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestSetup, threads, seed, dtype)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestRun, test, test_class, derived_name, derived_class, suffix,
                                   xfail_property, setup)

NLOHMANN_JSON_SERIALIZE_ENUM(TestOutcome::Status, {{TestOutcome::Status::error, "error"},
                                                   {TestOutcome::Status::passed, "passed"},
                                                   {TestOutcome::Status::failed, "failed"},
                                                   {TestOutcome::Status::skipped, "skipped"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestOutcome, status, message, subcases)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LeftProcess, pid, text)

/// A test that the worker is to run in a process of its own.
struct TestRequest {
  std::size_t id = 0;
  SuiteCall suite;
  TestRun test;
  std::vector<TransformCall> chain;
  /// Bytes that the test may allocate; 0 is no limit.
  std::int64_t memory = 0;
  /// Whether static destructors run when its process ends.
  bool teardown = false;
  /// Variables that it sees beside those of the worker.
  std::map<std::string, std::string> environment;
  /// What the outcome is to be sent with.
  std::string token;
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TestRequest, id, suite, test, chain, memory, teardown,
                                   environment, token)

}  // namespace roundtrip
