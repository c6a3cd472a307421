#pragma once

#include <roundtrip/plugin.h>

#include <memory>
#include <string>

namespace roundtrip {

/// The library that embeds Python, and its one function. A `PluginError` or `Error` says what is
/// wrong with the options or the interpreter.
inline constexpr const char* kPythonLibrary = "libroundtrip_python.so";
inline constexpr const char* kMakePythonSuite = "roundtrip_make_python_suite";
using MakePythonSuite = std::shared_ptr<const Suite>(const std::string& name,
                                                     const OptionValues& options);

}  // namespace roundtrip
