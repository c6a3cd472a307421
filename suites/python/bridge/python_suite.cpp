#include "suites/python/python_suite.h"

#include <pybind11/stl.h>
#include <roundtrip/error.h>
#include <roundtrip/suite.h>

#include "suites/main/depends_on.h"
#include "suites/python/bridge/cpp_runner.h"
#include "suites/python/bridge/errors.h"
#include "suites/python/bridge/interpreter.h"
#include "suites/python/bridge/replaced_export.h"

namespace py = pybind11;

namespace roundtrip {

namespace {

/// Tests of Python classes. Imports their module when it is made, in the process from which
/// tests are forked; never destroyed, as its Python objects must not outlive the interpreter.
class PythonSuite final : public Suite {
 public:
  explicit PythonSuite(const OptionValues& options)
      : runs_in_cpp_(options.text("runtime") == "cpp") {
    try {
      start_python(options.path("python"));
      suite_ = unittest_bridge().attr("Suite")(options.text("path"), options.text("module"),
                                               options.texts("class"), options.texts("patch"));
    } catch (py::error_already_set& error) {
      throw Error(sentence_of(error));
    }
  }

  std::vector<TestInfo> tests() const override {
    for (const auto& file : suite_.attr("files")()) depends_on(file.cast<std::string>());
    std::vector<TestInfo> infos;
    for (const auto& entry : suite_.attr("tests")()) {
      const auto [class_name, name, properties, file, line] = entry.cast<
          std::tuple<std::string, std::string, std::vector<std::string>, std::string, int>>();
      TestInfo info{.name = name, .class_name = class_name, .file = file, .line = line};
      for (const auto& property : properties) info.xfail.push_back({property});
      infos.push_back(std::move(info));
    }
    return infos;
  }

  TestOutcome run(const TestRun& run, const std::vector<const Transform*>& chain) const override {
    try {
      continue_after_fork();
      set_up(run.setup);
      unittest_bridge().attr("begin_test")(run.setup.seed);
      const auto replace = [&chain](const py::object& original) {
        return replaced_export(original, chain);
      };
      const py::object outcome =
          suite_.attr("run")(run.test_class, run.test, run.derived_class, run.derived_name,
                             py::cpp_function(replace), make_runner());
      const auto [status, message] = outcome.cast<std::pair<std::string, std::string>>();
      return {status_of(status), message};
    } catch (const std::exception& error) {
      return {TestOutcome::Status::error, error.what()};
    }
  }

 private:
  static TestOutcome::Status status_of(const std::string& name) {
    if (name == "passed") return TestOutcome::Status::passed;
    if (name == "failed") return TestOutcome::Status::failed;
    return name == "skipped" ? TestOutcome::Status::skipped : TestOutcome::Status::error;
  }

  py::object make_runner() const {
    return runs_in_cpp_ ? py::object(py::cpp_function(cpp_runner)) : py::none();
  }

  bool runs_in_cpp_;
  py::object suite_;
};

}  // namespace

}  // namespace roundtrip

extern "C" [[gnu::visibility("default")]] std::shared_ptr<const roundtrip::Suite>
roundtrip_make_python_suite(const std::string&, const roundtrip::OptionValues& options) {
  return {new roundtrip::PythonSuite(options), [](const roundtrip::Suite*) {}};
}
