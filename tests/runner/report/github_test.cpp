#include "runner/report/github.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "sample_results.h"

using namespace roundtrip;

TEST_CASE("an annotation has place, title and message, escaped as GitHub reads them") {
  SampleResults sample;
  sample.results.tests[2].attempts[0].message = "50% of a:b,c\nnext";
  sample.plan[2].file = "a,b.cpp";
  const std::string text = github_annotations(sample.results);
  CHECK(
      text.starts_with("::error file=a%2Cb.cpp,line=12,title=DerivedEven.test_failed_x failed::"
                       "50%25 of a:b,c%0Anext\n"));
  CHECK(text.find("test_passed") == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
}

TEST_CASE("of more than ten the last one counts the rest") {
  SampleResults sample;
  for (int i = 0; i < 8; ++i) sample.results.tests.push_back(sample.results.tests[2]);
  const std::string text = github_annotations(sample.results);
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.ends_with("::error::4 more tests failed\n"));
}

TEST_CASE("until it ends GitHub obeys nothing, and it ends once, by a word of its own") {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = ::open_memstream(&text, &size);
  std::string end;
  {
    Terminal terminal(stream, ColorMode::never);
    GithubPause ended(terminal);
    end = ended.go_on();
    CHECK(ended.go_on() == "");
    const GithubPause forgotten(terminal);
  }
  std::fclose(stream);
  const std::string word = end.substr(2, 32);
  CHECK(end == "::" + word + "::\n");
  const std::string shown(text, size);
  std::free(text);
  const std::string start = "::stop-commands::";
  CHECK(shown.starts_with(start + word + "\n" + start));
  CHECK(std::count(shown.begin(), shown.end(), '\n') == 3);  // the destructor ends the other one
}

TEST_CASE("a failure in quarantine is a warning") {
  SampleResults sample;
  sample.plan[2].quarantine = Quarantine{"unsteady", "", "2027-01-31"};
  const std::string text = github_annotations(sample.results);
  CHECK(text.find("::warning file=suite.cpp,line=12,title=DerivedEven.test_failed_x failed::") !=
        std::string::npos);
  CHECK(text.find("::error file=suite.cpp") == std::string::npos);
}
