#include "suites/python/bridge/interpreter.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <pybind11/embed.h>
#include <roundtrip/error.h>
#include <unistd.h>

#include <optional>

#include "suites/python/bridge/errors.h"
#include "unittest_bridge_source.h"

namespace py = pybind11;
namespace fs = std::filesystem;

namespace roundtrip {

namespace {

/// The interpreter that runs, and the process in which it was last used.
struct Running {
  fs::path python;
  pid_t process;
};
std::optional<Running> running;

fs::path library_of(const void* symbol) {
  Dl_info info{};
  ::dladdr(symbol, &info);
  return info.dli_fname;
}

/// Extension modules expect the interpreter's symbols to be global.
void make_python_global() {
  const auto library = library_of(reinterpret_cast<const void*>(&Py_InitializeFromConfig));
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD) != nullptr) return;
  throw Error("the symbols of '" + library.string() + "' cannot be made global: " + ::dlerror());
}

/// `python` itself, or the interpreter of the environment that it is.
fs::path interpreter_of(const fs::path& python) {
  const fs::path chosen = python.empty() ? fs::path(ROUNDTRIP_PYTHON) : python;
  const fs::path file = fs::is_directory(chosen) ? chosen / "bin" / "python" : chosen;
  if (::access(file.c_str(), X_OK) == 0) return fs::absolute(file);
  throw Error("there is no Python '" + file.string() + "'; name one by the option 'python'");
}

void check(const PyStatus& status, const fs::path& python) {
  if (!PyStatus_Exception(status)) return;
  throw Error("the Python '" + python.string() +
              "' cannot be started: " + (status.err_msg ? status.err_msg : "it exited"));
}

/// The locale of this process is not Python's alone. In its UTF-8 mode it needs none.
PyStatus leave_locale() {
  PyPreConfig config;
  PyPreConfig_InitPythonConfig(&config);
  config.utf8_mode = 1;
  config.configure_locale = 0;
  config.coerce_c_locale = 0;
  return Py_PreInitialize(&config);
}

void initialize(const fs::path& python) {
  check(leave_locale(), python);
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  config.parse_argv = 0;
  // Packages are found as that interpreter finds them.
  PyStatus status = PyConfig_SetBytesString(&config, &config.executable, python.c_str());
  if (!PyStatus_Exception(status)) {
    status = PyConfig_SetBytesString(&config, &config.program_name, python.c_str());
  }
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  check(status, python);
}

/// A Python of another version would find modules that are not made for this one.
void check_version(const fs::path& python) {
  const py::object prefix = py::module_::import("sys").attr("prefix");
  const auto folder =
      fs::path(prefix.cast<std::string>()) / "lib" /
      ("python" + std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION));
  if (fs::is_directory(folder)) return;
  throw Error("the Python '" + python.string() + "' is not of version " +
              std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION) +
              ", with which Roundtrip was built");
}

py::module_ make_bridge() {
  const py::object types = py::module_::import("types");
  py::module_ bridge = types.attr("ModuleType")("roundtrip_unittest");
  const py::object code =
      py::module_::import("builtins").attr("compile")(kUnittestBridgeSource, "<roundtrip>", "exec");
  py::module_::import("builtins").attr("exec")(code, bridge.attr("__dict__"));
  return bridge;
}

}  // namespace

void start_python(const fs::path& python) {
  const fs::path interpreter = interpreter_of(python);
  if (running) {
    if (running->python == interpreter) return;
    throw Error("this process runs '" + running->python.string() + "' already, and cannot run '" +
                interpreter.string() +
                "', too; put suites of another Python into a configuration of their own");
  }
  make_python_global();
  initialize(interpreter);
  running = Running{interpreter, ::getpid()};
  check_version(interpreter);
  const auto libtorch = library_of(reinterpret_cast<const void*>(&at::globalContext));
  try {
    unittest_bridge().attr("check_torch")(libtorch.string());
    unittest_bridge().attr("prepare")();
  } catch (py::error_already_set& error) {
    throw Error(sentence_of(error));
  }
}

void continue_after_fork() {
  if (running->process == ::getpid()) return;
  PyOS_AfterFork_Child();
  running->process = ::getpid();
}

py::module_ unittest_bridge() {
  static const py::module_* bridge = new py::module_(make_bridge());  // outlives the interpreter
  return *bridge;
}

}  // namespace roundtrip
