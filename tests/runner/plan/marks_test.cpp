#include "runner/plan/marks.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

/// The test `S.NAME` with these marks, in a run with the property "p".
PlannedTest marked(const std::string& name, std::vector<XfailMark> marks) {
  PlannedTest test;
  test.suite = test.class_name = "S";
  test.test = test.name = name;
  for (const auto& mark : marks) {
    if (mark.property == "p") test.xfail = mark;
  }
  test.marks = std::move(marks);
  return test;
}

std::vector<std::string> texts(const std::vector<MarkFault>& faults) {
  std::vector<std::string> texts;
  for (const auto& fault : faults) texts.push_back(fault.text());
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a mark has expired from its day on") {
  const std::vector<PlannedTest> plan = {marked("a", {{"p", "", "", "2027-01-31"}}),
                                         marked("b", {{"q", "", "", "soon"}}),
                                         marked("c", {{"p"}})};
  CHECK(texts(find_expired(plan, "2027-01-30")) ==
        Texts{"S.b, xfail property 'q': expires on 'soon', which is no day such as 2027-01-31"});
  CHECK(texts(find_expired(plan, "2027-01-31")).front() ==
        "S.a, xfail property 'p': has expired on 2027-01-31; fix the test, or give the mark "
        "another day");
}

TEST_CASE("an audit finds marks of tests that pass, and of no run") {
  const std::vector<PlannedTest> plan = {marked("a", {{"p"}}), marked("b", {{"p"}}),
                                         marked("c", {{"p"}}), marked("d", {{"q"}, {"p"}})};
  const auto last = [](const PlannedTest& test) -> std::string {
    if (test.name == "a") return "xpassed";
    return test.name == "b" ? "" : "xfailed";
  };
  CHECK(texts(audit_marks(plan, "2026-01-01", last)) ==
        Texts{"S.a, xfail property 'p': no longer fails: S.a passed",
              "S.d, xfail property 'q': no run of the test has this property"});
}
