#include "runner/process/backtrace.h"

#include <algorithm>
#include <filesystem>

#include "runner/plugin_host/elf_file.h"
#include "support/function_name.h"

namespace roundtrip {

namespace {

/// The functions that stand between a test and the process, whose frames tell nothing.
bool is_machinery(const std::string& frame) {
  static constexpr std::string_view kParts[] = {"handle_crash", "run_test_child", "Worker::"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](auto part) { return frame.find(part) != std::string::npos; });
}

/// The dynamic loader knows exported functions only; the others may be in the file's own table.
std::string function_in(const std::filesystem::path& library, const std::string& place) {
  try {
    return ElfFile(library).function_at(std::stoull(place, nullptr, 16));
  } catch (const std::exception&) {  // the file has gone, or that is no place
    return "";
  }
}

/// `path(symbol+0x12) [0x7f00]` as `function+0x12 in library`; without a symbol, the place in
/// the library stands in its stead.
std::string readable_frame(const std::string& frame) {
  const auto open = frame.find('(');
  const auto close = frame.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return frame;
  const std::filesystem::path library = frame.substr(0, open);
  std::string place = frame.substr(open + 1, close - open - 1);
  if (place.starts_with('+')) {
    const std::string function = function_in(library, place.substr(1));
    if (!function.empty()) place = function;
  }
  const auto plus = place.find('+');
  if (plus == 0 || plus == std::string::npos) return library.filename().string() + place;
  return demangled(place.substr(0, plus).c_str()) + place.substr(plus) + " in " +
         library.filename().string();
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
