#include "runner/process/backtrace.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace roundtrip {

namespace {

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name ? name.get() : symbol;
}

/// The functions that stand between a test and the process, whose frames tell nothing.
bool is_machinery(const std::string& frame) {
  static constexpr std::string_view kParts[] = {"handle_crash", "run_test_child", "Worker::"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](auto part) { return frame.find(part) != std::string::npos; });
}

/// `path(symbol+0x12) [0x7f00]` as `function+0x12 in library`; without a symbol, the place in
/// the library stands in its stead.
std::string readable_frame(const std::string& frame) {
  const auto open = frame.find('(');
  const auto close = frame.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return frame;
  const std::string library = std::filesystem::path(frame.substr(0, open)).filename().string();
  const std::string place = frame.substr(open + 1, close - open - 1);
  const auto plus = place.find('+');
  if (plus == 0 || plus == std::string::npos) return library + place;
  return demangled(place.substr(0, plus)) + place.substr(plus) + " in " + library;
}

}  // namespace

std::string readable_backtrace(const std::vector<std::string>& frames) {
  std::string text;
  for (const auto& frame : frames) {
    const std::string line = readable_frame(frame);
    if (!is_machinery(line)) text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

}  // namespace roundtrip
