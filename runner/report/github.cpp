#include "runner/report/github.h"

#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>

#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

constexpr std::size_t kMostAnnotations = 10;

/// `text` with `%`, line ends and the characters of `others` as GitHub unescapes them.
std::string escaped(const std::string& text, std::string_view others) {
  std::string result;
  for (const char c : text) {
    const bool is_special =
        c == '%' || c == '\n' || c == '\r' || others.find(c) != std::string_view::npos;
    result +=
        is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return result;
}

std::string annotation(std::string_view level, const TestResult& result) {
  constexpr std::size_t kLongest = 4000;
  const PlannedTest& test = *result.test;
  const std::string place =
      test.file.empty() ? "" : fmt::format("file={},line={},", escaped(test.file, ":,"), test.line);
  std::string message = printable(result.cause().message.substr(0, kLongest));
  if (message.empty()) message = std::string(outcome_name(result.outcome));
  return fmt::format("::{} {}title={} {}::{}\n", level, place, escaped(test.id(), ":,"),
                     outcome_name(result.outcome), escaped(message, ""));
}

/// Of the `count` results for which `is_meant` holds.
std::string annotations(std::string_view level, const RunResults& results, std::size_t count,
                        bool (TestResult::*is_meant)() const, std::string_view what) {
  std::size_t left = count > kMostAnnotations ? kMostAnnotations - 1 : count;
  const std::size_t untold = count - left;
  std::string text;
  for (const auto& result : results.tests) {
    if (left == 0) break;
    if (!(result.*is_meant)()) continue;
    text += annotation(level, result);
    left -= 1;
  }
  if (untold > 0) text += fmt::format("::{}::{} more tests {}\n", level, untold, what);
  return text;
}

}  // namespace

std::string github_annotations(const RunResults& results) {
  return annotations("error", results, results.bad_count(), &TestResult::is_bad, "failed") +
         annotations("warning", results, results.excused_count(), &TestResult::is_excused,
                     "failed in quarantine");
}

bool is_on_github() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && std::string_view(value) == "true";
}

GithubPause::GithubPause(Terminal& terminal) : terminal_(terminal) {
  std::random_device random;
  for (int i = 0; i < 4; ++i) word_ += fmt::format("{:08x}", random());
  terminal_.write(fmt::format("::stop-commands::{}\n", word_));
}

GithubPause::~GithubPause() {
  terminal_.write(go_on());
}

std::string GithubPause::go_on() {
  const std::string word = std::exchange(word_, "");
  return word.empty() ? "" : fmt::format("::{}::\n", word);
}

}  // namespace roundtrip
