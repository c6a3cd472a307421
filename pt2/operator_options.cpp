#include "pt2/operator_options.h"

#include <ATen/DynamicLibrary.h>
#include <c10/util/Exception.h>

#include <filesystem>
#include <string>
#include <vector>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

namespace po = boost::program_options;

namespace {

constexpr const char* kLibrary = "library";
constexpr const char* kAllow = "allow";
using Texts = std::vector<std::string>;

Texts texts_of(const po::variables_map& values, const char* name) {
  return values.count(name) ? values[name].as<Texts>() : Texts{};
}

}  // namespace

void add_library_option(po::options_description& options) {
  options.add_options()(kLibrary, po::value<Texts>());
}

void add_allow_option(po::options_description& options) {
  options.add_options()(kAllow, po::value<Texts>());
}

void load_libraries(const po::variables_map& values) {
  for (const std::string& file : texts_of(values, kLibrary)) {
    // With a folder in its name: a bare name would be looked for in the system's folders.
    const std::string path = std::filesystem::absolute(file).string();
    try {
      const at::DynamicLibrary library(path.c_str(), nullptr, /*leak_handle=*/true);
    } catch (const c10::Error& error) {
      throw UsageError("--library '" + file + "': " + error.what_without_backtrace());
    }
  }
}

AllowedOperators allowed_operators(const po::variables_map& values) {
  AllowedOperators allowed;
  for (const std::string& name : texts_of(values, kAllow)) {
    const bool is_operator = name.find("::") != name.npos;
    (is_operator ? allowed.operators : allowed.namespaces).push_back(name);
  }
  return allowed;
}

}  // namespace roundtrip::pt2
