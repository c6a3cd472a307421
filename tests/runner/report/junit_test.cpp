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
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));

  CHECK_FALSE(testcase(document, "passed").child("properties").next_sibling());
  CHECK(testcase(document, "failed").child("failure").attribute("message").value() ==
        std::string("because"));
  CHECK(testcase(document, "failed").child("failure").text().get() ==
        std::string("because\nof <failed>"));
  CHECK(testcase(document, "error").child("error"));
  CHECK(testcase(document, "crashed").child("error").attribute("type").value() ==
        std::string("crashed"));
  CHECK(testcase(document, "crashed").child("error").text().get() ==
        std::string("because\nof <crashed>\ninner\nouter"));
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
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  const auto root = document.child("testsuites");
  CHECK(root.attribute("tests").as_int() == 9);
  CHECK(root.attribute("failures").as_int() == 2);
  CHECK(root.attribute("errors").as_int() == 3);
  CHECK(root.attribute("skipped").as_int() == 2);
  CHECK(root.attribute("time").value() == std::string("2.500"));

  const auto even = root.child("testsuite");
  CHECK(even.attribute("name").value() == std::string("DerivedEven"));
  CHECK(even.attribute("tests").as_int() == 5);
  CHECK(even.attribute("time").value() == std::string("1.250"));
  CHECK(even.attribute("timestamp").value() == std::string("1970-01-01T00:00:00"));
  CHECK(even.child("testcase").attribute("classname").value() == std::string("DerivedEven"));
  CHECK(even.child("testcase").attribute("time").value() == std::string("0.250"));
}

TEST_CASE("a test has its place and what its result depends on beside it") {
  SampleResults sample;
  sample.plan[2].run = "dtype=float64";
  sample.plan[2].settings.dtype = "float64";
  sample.results.tests[2].is_resumed = true;
  sample.results.tests[2].attempts[0].subcases = {"a > one", "a > \x01two"};
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {{2, 3, "--shard"}, 9, ""}).c_str()));
  const auto failed = testcase(document, "failed");
  CHECK(failed.attribute("file").value() == std::string("suite.cpp"));
  CHECK(failed.attribute("line").as_int() == 12);
  std::string properties;
  for (const auto& property : failed.child("properties")) {
    properties += std::string(property.attribute("name").value()) + "=" +
                  property.attribute("value").value() + ";";
  }
  CHECK(properties ==
        "cell=dtype=float64;transform=strict;dtype=float64;seed=0;threads=1;resumed=true;"
        "subcase=a > one;subcase=a > two;");
  const auto shard =
      document.child("testsuites").child("testsuite").child("properties").first_child();
  CHECK(shard.attribute("value").value() == std::string("2 of 3, by --shard"));
}

TEST_CASE(
    "repetitions have names of their own; tests that were not run, and parts that are "
    "missing, are there") {
  SampleResults sample;
  sample.plan[0].repetition = 2;
  PlannedTest waiting = sample.plan[0];
  waiting.name = "test_waiting_x";
  sample.results.not_run = {&waiting};
  sample.results.interrupted = true;
  sample.results.missing = {"of 3 shards these are missing: 2"};
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  CHECK(
      document.child("testsuites").child("testsuite").child("testcase").attribute("name").value() ==
      std::string("test_passed_x #2"));
  const auto root = document.child("testsuites");
  CHECK(root.attribute("tests").as_int() == 11);
  CHECK(root.attribute("skipped").as_int() == 3);
  CHECK(root.attribute("errors").as_int() == 4);
  const auto skipped = document.find_node(
      [](pugi::xml_node node) { return node.attribute("type").value() == std::string("not_run"); });
  CHECK(skipped.attribute("message").value() ==
        std::string("was not run to its end: the run was interrupted"));
  CHECK(root.last_child().child("testcase").attribute("name").value() ==
        std::string("of 3 shards these are missing: 2"));
}

TEST_CASE("characters that XML forbids are left out, the others kept") {
  const SampleResults sample;
  const std::string text = junit_xml(sample.results, {});
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find("]]>") == std::string::npos);
  pugi::xml_document document;
  REQUIRE(document.load_string(text.c_str()));
  CHECK(testcase(document, "failed").child("system-out").text().get() ==
        std::string("said ]]> & more"));
}

TEST_CASE("a flaky test passed, with its earlier attempts beside that") {
  const SampleResults sample;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  const auto flaky = testcase(document, "flaky");
  CHECK_FALSE(flaky.child("failure"));
  CHECK(flaky.child("flakyFailure").attribute("message").value() == std::string("at first"));
  CHECK(flaky.child("flakyFailure").child("stackTrace").text().get() == std::string("at first"));
  CHECK(flaky.child("flakyFailure").child("system-out").text().get() ==
        std::string("first output"));
  CHECK(flaky.child("system-out").text().get() == std::string("last output"));
}

TEST_CASE("of a test that failed every time the first attempt is the failure") {
  SampleResults sample;
  auto& failed = sample.results.tests[2];
  failed.attempts.push_back({Outcome::timed_out, 0.5, "too long", ""});
  failed.outcome = Outcome::timed_out;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  const auto node = testcase(document, "failed");
  CHECK(node.child("failure").attribute("type").value() == std::string("failed"));
  CHECK(node.child("rerunError").attribute("type").value() == std::string("timed_out"));
  CHECK(node.child("rerunError").child("stackTrace").text().get() == std::string("too long"));
}

TEST_CASE("passing is no failure where an expected failure is not strict; marks say why") {
  SampleResults sample;
  sample.plan[5].xfail = XfailMark{"serdes", "no such operator", "#12", ""};
  sample.plan[6].settings.strict = false;
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  CHECK_FALSE(testcase(document, "xpassed").child("properties").next_sibling());
  CHECK(testcase(document, "xfailed").child("skipped").attribute("message").value() ==
        std::string("no such operator (xfail property 'serdes') #12"));
}

TEST_CASE("a failure in quarantine is skipped, with its reason and its message") {
  SampleResults sample;
  for (auto& test : sample.plan) test.quarantine = Quarantine{"unsteady", "", "2027-01-31"};
  pugi::xml_document document;
  REQUIRE(document.load_string(junit_xml(sample.results, {}).c_str()));
  const auto failed = testcase(document, "failed").child("skipped");
  CHECK(failed.attribute("type").value() == std::string("quarantine"));
  CHECK(failed.attribute("message").value() ==
        std::string("failed in quarantine until 2027-01-31: unsteady"));
  CHECK(failed.text().get() == std::string("because\nof <failed>"));
  CHECK_FALSE(testcase(document, "failed").child("failure"));
  CHECK(testcase(document, "flaky").child("flakyFailure"));
  CHECK(document.child("testsuites").attribute("failures").value() == std::string("0"));
}
