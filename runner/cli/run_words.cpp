#include "runner/cli/run_words.h"

#include <filesystem>

namespace roundtrip {

namespace {

const std::string kRunMark = "run:";

}  // namespace

CommandLine with_marked_numbers(CommandLine line) {
  for (auto& word : line.arguments) {
    const std::size_t start = word.starts_with('-') ? 1 : 0;
    const bool is_number = word.size() > start && word.size() < 10 &&
                           word.find_first_not_of("0123456789", start) == std::string::npos;
    if (is_number) word = kRunMark + word;
  }
  return line;
}

bool is_run_number(const std::string& word) {
  return word.starts_with(kRunMark);
}

std::int64_t run_number(const std::string& word) {
  return std::stoll(word.substr(kRunMark.size()));
}

std::string last_run_word() {
  return kRunMark + "-1";
}

bool is_report(const std::string& word) {
  return !is_run_number(word) && std::filesystem::path(word).extension() == ".json";
}

}  // namespace roundtrip
