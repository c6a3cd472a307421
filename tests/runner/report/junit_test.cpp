#include "runner/report/junit.h"

#include <doctest/doctest.h>

#include <pugixml.hpp>

#include "sample_results.h"

using namespace roundtrip;

namespace {

pugi::xml_node testcase(const pugi::xml_document& document, const std::string& outcome) {
  const std::string name = "test_" + outcome + "_x";
  return document.find_node(
      [&](pugi::xml_node node) { return node.attribute("name").value() == name; });
}

}  // namespace

TEST_CASE("every outcome becomes the element that JUnit's readers know") {
  const SampleResults sample;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results).c_str()));

  CHECK_FALSE(testcase(document, "passed").first_child());
  CHECK(testcase(document, "failed").child("failure").attribute("message").value() ==
        std::string("because"));
  CHECK(testcase(document, "failed").child("failure").text().get() ==
        std::string("because\nof <failed>"));
  CHECK(testcase(document, "error").child("error"));
  CHECK(testcase(document, "crashed").child("error").attribute("type").value() ==
        std::string("crashed"));
  CHECK(testcase(document, "timed_out").child("error"));
  CHECK(testcase(document, "skipped").child("skipped").attribute("message").value() ==
        std::string("because"));

  const auto xfailed = testcase(document, "xfailed").child("skipped");
  CHECK(xfailed.attribute("type").value() == std::string("xfail"));
  CHECK(xfailed.attribute("message").value() == std::string("xfail property 'serdes'"));
  CHECK(testcase(document, "xpassed").child("failure").attribute("message").value() ==
        std::string("[XPASS(strict)] xfail property 'serdes'"));
}

TEST_CASE("counts and times of the whole and of each class") {
  const SampleResults sample;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results).c_str()));
  const auto root = document.child("testsuites");
  CHECK(root.attribute("tests").as_int() == 8);
  CHECK(root.attribute("failures").as_int() == 2);
  CHECK(root.attribute("errors").as_int() == 3);
  CHECK(root.attribute("skipped").as_int() == 2);
  CHECK(root.attribute("time").value() == std::string("2.500"));

  const auto even = root.child("testsuite");
  CHECK(even.attribute("name").value() == std::string("DerivedEven"));
  CHECK(even.attribute("tests").as_int() == 4);
  CHECK(even.attribute("time").value() == std::string("1.000"));
  CHECK(even.attribute("timestamp").value() == std::string("1970-01-01T00:00:00"));
  CHECK(even.child("testcase").attribute("classname").value() == std::string("DerivedEven"));
  CHECK(even.child("testcase").attribute("time").value() == std::string("0.250"));
}

TEST_CASE("characters that XML forbids are left out, the others kept") {
  const SampleResults sample;
  const std::string text = junit_xml(sample.results);
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find("]]>") == std::string::npos);
  pugi::xml_document document;
  REQUIRE(document.load_string(text.c_str()));
  CHECK(testcase(document, "failed").child("system-out").text().get() ==
        std::string("said [1m]]> & more"));
}
