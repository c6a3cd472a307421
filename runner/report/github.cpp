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

std::string annotation(const TestResult& result) {
  constexpr std::size_t kLongest = 4000;
  const PlannedTest& test = *result.test;
  const std::string place =
      test.file.empty() ? "" : fmt::format("file={},line={},", escaped(test.file, ":,"), test.line);
  std::string message = printable(result.last().message.substr(0, kLongest));
  if (message.empty()) message = std::string(outcome_name(result.outcome));
  return fmt::format("::error {}title={} {}::{}\n", place, escaped(test.id(), ":,"),
                     outcome_name(result.outcome), escaped(message, ""));
}

}  // namespace

std::string github_annotations(const RunResults& results) {
  const std::size_t bad = results.bad_count();
  const std::size_t shown = bad > kMostAnnotations ? kMostAnnotations - 1 : bad;
  std::string text;
  std::size_t count = 0;
  for (const auto& result : results.tests) {
    if (result.is_bad() && count++ < shown) text += annotation(result);
  }
  if (bad > shown) text += fmt::format("::error::{} more tests failed\n", bad - shown);
  return text;
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
