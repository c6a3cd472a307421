#include <dlfcn.h>
#include <roundtrip/error.h>
#include <roundtrip/registry.h>

#include <filesystem>

#include "suites/python/python_suite.h"

using namespace roundtrip;

namespace {

/// The library that embeds Python lies one folder above the plugins.
std::filesystem::path bridge_library() {
  Dl_info info{};
  ::dladdr(reinterpret_cast<const void*>(&bridge_library), &info);
  return std::filesystem::path(info.dli_fname).parent_path().parent_path() / kPythonLibrary;
}

/// A runner that has no suite in Python does not pay for one: Python and its torch are loaded
/// when the first suite is made.
MakePythonSuite* load_bridge() {
  const auto path = bridge_library();
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw PluginError(std::string("Python cannot be loaded: ") + ::dlerror());
  return reinterpret_cast<MakePythonSuite*>(::dlsym(library, kMakePythonSuite));
}

class PythonSuite final : public Suite {
 public:
  PythonSuite(const std::string& name, const OptionValues& options)
      : suite_(load_bridge()(name, options)) {}
  std::vector<TestInfo> tests() const override { return suite_->tests(); }
  TestOutcome run(const TestRun& run, const std::vector<const Transform*>& chain) const override {
    return suite_->run(run, chain);
  }

 private:
  std::shared_ptr<const Suite> suite_;
};

ROUNDTRIP_SUITE_KIND(
    PythonSuite, "python", "The tests of a Python module, found as unittest finds them",
    path_option("path", "", "a folder to put on sys.path"),
    required(option("module", "", "the module that holds the tests")),
    list_option("class", "*", "a test class, or several, by names or globs"),
    list_option("patch", "", "functions to replace by the transformed export; MODULE.export"),
    path_option("python", "",
                "the interpreter, or its environment; the one Roundtrip was built with"),
    choice_option("runtime", {"python", "cpp"}, "what runs the program that a test gets"));

}  // namespace

ROUNDTRIP_PLUGIN("python", "1.0", "Test suites written in Python");
