#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// The contract between the runner and a plugin. It names no LibTorch type: the
/// runner is built without LibTorch and hands transformations through untouched.
///
/// Plugin authors do not use this header directly: `transform.h` and `suite.h`
/// build everything in it.
///
/// Versions are part of exported *symbol names*, so that the host can refuse a
/// plugin by reading its symbol table, before any of its code runs:
///   roundtrip_plugin_api_<N>          the entry point, a `PluginEntry`
///   roundtrip_plugin_libtorch_<X_Y_Z> the LibTorch it was built with

#define ROUNDTRIP_API_VERSION 1

namespace roundtrip {

class Transform;  // transform.h

/// Values that YAML gives to a suite, as text; `config_dir` is the folder of the
/// YAML file, against which a relative path among the values is meant.
struct SuiteOptions {
  std::map<std::string, std::string> values;
  std::filesystem::path config_dir;
};

/// One test as a suite states it, before any transformation.
struct TestInfo {
  std::string name;
  /// The runs under which this test is expected to fail, by xfail property.
  std::vector<std::string> xfail;
  /// Source place of the test; an empty file when there is none.
  std::string file;
  int line = 0;
};

/// What a test did, seen from inside its process.
struct TestOutcome {
  enum class Status { passed, failed, error, skipped };

  Status status = Status::passed;
  /// Failed assertions, the exception's text, or the reason for skipping.
  std::string message;
};

/// One suite of a plugin. The plugin owns it; it lives as long as the library.
class SuiteEntry {
 public:
  virtual ~SuiteEntry() = default;

  virtual std::string name() const = 0;
  virtual std::string description() const = 0;

  /// The tests, in the order they are to be listed. Throws `Error` when the
  /// options name something that is not there. Runs no tensor operation: the
  /// process that lists tests is forked from later.
  virtual std::vector<TestInfo> tests(const SuiteOptions& options) const = 0;

  /// Runs one test in the calling process with `export_program` replaced by the
  /// chain, outermost transformation first; the chain may be empty. Never throws.
  virtual TestOutcome run(const std::string& test, const SuiteOptions& options,
                          const std::vector<const Transform*>& chain) const = 0;
};

/// One transformation of a plugin, by the name that YAML uses.
struct TransformEntry {
  std::string name;
  std::string description;
  const Transform* transform = nullptr;
};

/// All that one shared library offers. Owned by the library.
struct Plugin {
  std::string name;
  std::string version;
  std::string description;
  std::vector<const SuiteEntry*> suites;
  std::vector<TransformEntry> transforms;
};

/// The type of the symbol `roundtrip_plugin_api_<N>`. Returns the same object at
/// every call; never null.
using PluginEntry = const Plugin& (*)();

}  // namespace roundtrip
