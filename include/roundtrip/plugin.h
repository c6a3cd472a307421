#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// The contract between the runner and a plugin. It names no LibTorch type: the
/// runner is built without LibTorch and hands transformations through untouched.
///
/// Plugin authors do not use this header directly: `transform.h` and `suite.h`
/// build everything in it.
///
/// Exported *symbol names* tell the host what to refuse before any code of a plugin runs:
///   roundtrip_plugin_api_<N>          the entry point, a `PluginEntry`
///   roundtrip_plugin_libtorch_<X_Y_Z> the LibTorch it was built with
///   roundtrip_plugin_abi_<TAG>        its compiler and ABI, ROUNDTRIP_ABI

#define ROUNDTRIP_API_VERSION 5

namespace roundtrip {

class Transform;  // transform.h

/// An option that a suite, a kind of suites or a transformation declares. YAML gives it a
/// value: `chain: [{twice: {times: 3}}]`, `suites: {Corpus: {kind: corpus, folder: programs}}`.
struct OptionInfo {
  enum class Type {
    text,
    integer,
    number,
    flag,
    path,   ///< of a file or folder; a relative one is meant from the YAML file's folder
    texts,  ///< a list of texts, or one
  };

  std::string name;
  Type type = Type::text;
  /// The value it has where YAML gives none, as OptionValues holds it.
  std::string default_value{};
  std::string help{};
  /// YAML must give a value.
  bool is_required = false;
  /// The values that a text may have; empty where it may have any.
  std::vector<std::string> choices{};
};

/// The values of declared options: each has a value of its type. Paths are absolute; the texts
/// of a list are lines.
class OptionValues {
 public:
  using Map = std::map<std::string, std::string>;

  OptionValues() = default;
  explicit OptionValues(Map values) : values_(std::move(values)) {}

  /// Throw std::out_of_range for an option that is not declared.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  std::int64_t integer(const std::string& name) const { return std::stoll(values_.at(name)); }
  double number(const std::string& name) const { return std::stod(values_.at(name)); }
  bool flag(const std::string& name) const { return values_.at(name) == "true"; }
  std::filesystem::path path(const std::string& name) const { return values_.at(name); }
  std::vector<std::string> texts(const std::string& name) const {
    std::vector<std::string> lines;
    std::istringstream text(values_.at(name));
    for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
    return lines;
  }

 private:
  Map values_;
};

/// Says that a test is expected to fail under runs with this xfail property; without one, under
/// every run.
struct XfailMark {
  std::string property;
  std::string reason{};   ///< why it fails
  std::string issue{};    ///< where that is worked on: an address, or a number
  std::string expires{};  ///< `2027-01-31`: from this day on the mark is an error; or empty
};

/// One test as a suite states it, before any transformation.
struct TestInfo {
  std::string name;
  /// The class that the test is of, where a suite holds tests of several; empty where it is
  /// called like the suite.
  std::string class_name{};
  std::vector<XfailMark> xfail{};
  /// Words by which filters find it.
  std::vector<std::string> tags{};
  /// Why it is not run, wherever it is listed; empty when it is run.
  std::string skip_reason{};
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
  std::string message{};
  /// Parts of the test that were run one by one, outer ones first: `empty > read`. Empty where
  /// it has none.
  std::vector<std::string> subcases{};
};

/// A test that a suite is to run, and what it is called in the run: the names that a transform
/// of the configuration derives.
struct TestRun {
  std::string test;            ///< as the suite lists it: `test_basic`
  std::string test_class;      ///< likewise: `TestExport`
  std::string derived_name;    ///< `test_basic_serdes_strict`
  std::string derived_class;   ///< `SerDesExportTestExport`
  std::string suffix;          ///< what the transform adds to names: `_serdes_strict`; may be empty
  std::string xfail_property;  ///< the transform's: `serdes`; may be empty
  TestSetup setup;
};

/// Tests that can be listed and run. One is made for each suite of a configuration, with the
/// values of its options, in the process from which tests are forked.
class Suite {
 public:
  virtual ~Suite() = default;

  /// The tests, in the order they are to be listed. Throws `Error` when the options name
  /// something that is not there. Starts no thread and runs no tensor operation: the process
  /// that lists tests is forked from later.
  virtual std::vector<TestInfo> tests() const = 0;

  /// What is done once for all tests, before the first of them that is run, in the process from
  /// which they are forked. An outcome other than `passed` is that of all tests, none of which is
  /// run then. Leaves no thread running. Never throws.
  virtual TestOutcome set_up_suite() const { return {}; }

  /// What is done in the same process after the last test, where `set_up_suite` has passed. Never
  /// throws.
  virtual TestOutcome tear_down_suite() const { return {}; }

  /// Runs one test in the calling process with `export_program` replaced by the
  /// chain, outermost transformation first; the chain may be empty. Sets up threads, seed
  /// and default dtype first. Never throws.
  virtual TestOutcome run(const TestRun& run, const std::vector<const Transform*>& chain) const = 0;
};

/// A suite that a plugin offers, or a kind of suites: YAML makes suites of a kind, each with a
/// name and options of its own.
struct SuiteEntry {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options{};
  /// Makes the suite called `name`, of a kind or this one; may throw.
  std::function<std::shared_ptr<const Suite>(const std::string& name, const OptionValues&)> make;
  /// Whether its `set_up_suite` or `tear_down_suite` does something; its tests are then forked from
  /// a process of their own.
  bool has_scope = false;
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
  std::vector<SuiteEntry> suites;
  std::vector<SuiteEntry> kinds;
  std::vector<TransformEntry> transforms;
};

/// The type of the symbol `roundtrip_plugin_api_<N>`. Returns the same object at
/// every call; never null.
using PluginEntry = const Plugin& (*)();

}  // namespace roundtrip

/// The compiler and the ABI that this is compiled with, as part of a name: `gcc_cxx11_1017`.
/// What crosses between runner and plugin has the layouts of these.
#if defined(__clang__)
#define ROUNDTRIP_COMPILER clang
#else
#define ROUNDTRIP_COMPILER gcc
#endif
#if !defined(__GLIBCXX__)
#define ROUNDTRIP_STRINGS libcxx
#elif _GLIBCXX_USE_CXX11_ABI
#define ROUNDTRIP_STRINGS cxx11
#else
#define ROUNDTRIP_STRINGS cxx98
#endif
#define ROUNDTRIP_ABI_OF_(compiler, strings, version) compiler##_##strings##_##version
#define ROUNDTRIP_ABI_OF(compiler, strings, version) ROUNDTRIP_ABI_OF_(compiler, strings, version)
#define ROUNDTRIP_ABI ROUNDTRIP_ABI_OF(ROUNDTRIP_COMPILER, ROUNDTRIP_STRINGS, __GXX_ABI_VERSION)
