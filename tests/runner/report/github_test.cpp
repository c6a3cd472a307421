#include "runner/report/github.h"

#include <doctest/doctest.h>

#include <algorithm>

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
