#include "runner/process/output_capture.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {
constexpr std::size_t kKept = 1000;
}

TEST_CASE("output that fits is kept as it is") {
  OutputCapture capture(2 * kKept);
  capture.append(std::string(kKept, 'a'));
  capture.append(std::string(kKept, 'b'));
  CHECK(capture.text() == std::string(kKept, 'a') + std::string(kKept, 'b'));
}

TEST_CASE("of more than that, head and tail are kept and the rest is counted") {
  OutputCapture capture(2 * kKept);
  for (std::size_t i = 0; i < 2 * kKept; ++i) capture.append("a");
  capture.append("last\n");
  const std::string text = capture.text();
  CHECK(text.starts_with(std::string(kKept, 'a') + "\n[... 5 bytes of output left out ...]\naaa"));
  CHECK(text.ends_with("aaalast\n"));
  CHECK(text.size() < 2 * kKept + 100);
}
