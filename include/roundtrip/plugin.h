#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
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

#define ROUNDTRIP_API_VERSION 2

namespace roundtrip {

class Transform;  // transform.h

/// Values that YAML gives to a suite, as text; `config_dir` is the folder of the
/// YAML file, against which a relative path among the values is meant.
struct SuiteOptions {
  std::map<std::string, std::string> values;
  std::filesystem::path config_dir;
};

/// Says that a test is expected to fail under runs with this xfail property.
struct XfailMark {
  std::string property;
  std::string reason{};   ///< why it fails
  std::string issue{};    ///< where that is worked on: an address, or a number
  std::string expires{};  ///< `2027-01-31`: from this day on the mark is an error; or empty
};

/// One test as a suite states it, before any transformation.
struct TestInfo {
  std::string name;
  std::vector<XfailMark> xfail{};
  /// Words by which filters find it.
  std::vector<std::string> tags{};
  /// Threads that it needs; 0 leaves it to the configuration.
  std::int64_t threads = 0;
  /// Source place of the test; an empty file when there is none.
  std::string file{};
  int line = 0;
};

/// What is to hold in a test's process before the test starts.
struct TestSetup {
  std::int64_t threads = 1;       ///< of LibTorch's operators
  std::int64_t seed = 0;          ///< of LibTorch's random generators
  std::string dtype = "float32";  ///< LibTorch's default dtype
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
  /// chain, outermost transformation first; the chain may be empty. Sets up threads, seed
  /// and default dtype first. Never throws.
  virtual TestOutcome run(const std::string& test, const SuiteOptions& options,
                          const std::vector<const Transform*>& chain,
                          const TestSetup& setup) const = 0;
};

/// An option that a transformation declares. YAML gives it a value in a chain:
/// `chain: [{twice: {times: 3}}]`.
struct OptionInfo {
  enum class Type { text, integer, number, flag };

  std::string name;
  Type type = Type::text;
  /// The value it has where YAML gives none, as YAML would spell it.
  std::string otherwise;
  std::string help;
};

/// The values of a transformation's options: each declared one has a value of its type.
class OptionValues {
 public:
  explicit OptionValues(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  /// Throw std::out_of_range for an option that is not declared.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  std::int64_t integer(const std::string& name) const { return std::stoll(values_.at(name)); }
  double number(const std::string& name) const { return std::stod(values_.at(name)); }
  bool flag(const std::string& name) const { return values_.at(name) == "true"; }

 private:
  std::map<std::string, std::string> values_;
};

/// One transformation of a plugin, by the name that YAML uses.
struct TransformEntry {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options;
  /// Makes it with these values, in the test's process; may throw.
  std::function<std::shared_ptr<const Transform>(const OptionValues&)> make;
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
