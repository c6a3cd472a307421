#include "runner/page/page.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "runner/page/page_data.h"
#include "runner/page/page_summary.h"

using namespace roundtrip;

namespace {

constexpr const char* kHostile = "</script><script>alert(1)</script><!-- & \" \u2028 ]]> {{data}}";

/// A report of tests of one suite, which are added one by one.
struct Builder {
  Report report;

  PlannedTest planned(const std::string& name, const std::string& run = "",
                      const std::string& transform = "strict") {
    PlannedTest test;
    test.suite = "Suite";
    test.test = name;
    test.class_name = "Derived";
    test.name = name + "_" + transform;
    test.transform = transform;
    test.run = run;
    return test;
  }
  void add(const PlannedTest& test, Attempt attempt) {
    report.results.tests.push_back(make_result(report.add(test), std::move(attempt)));
    report.results.planned = report.results.tests.size();
  }
  void add_failure(const std::string& name, const std::string& message) {
    add(planned(name), {Outcome::failed, 0.5, message});
  }
  Page page() const { return page_of(report); }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

bool has(const std::string& text, const std::string& part) {
  return count(text, part) > 0;
}

nlohmann::json data_of(const Page& page) {
  return nlohmann::json::parse(page_data(page));
}

}  // namespace

TEST_CASE("nothing that a test says becomes markup or script") {
  Builder builder;
  PlannedTest test = builder.planned(kHostile, kHostile, kHostile);
  test.suite = test.class_name = test.file = kHostile;
  test.xfail = XfailMark{kHostile, kHostile};
  test.tags = {kHostile};
  builder.add(test, {Outcome::crashed, 1, kHostile, kHostile, kHostile, {kHostile}});
  builder.report.environment.command = builder.report.environment.commit = kHostile;
  builder.report.results.fault = kHostile;
  Page page = builder.page();
  page.run.name = kHostile;
  page.run.number = 1;
  add_night(page, page.run, past_results(builder.report.results));

  const std::string html = page_html(page);
  CHECK(count(html, "<script") == 2);
  CHECK(count(html, "</script") == 2);
  CHECK(!has(html, "<!--"));
  CHECK(count(html, "{{data}}") > 5);
  const std::string text = page_data(page);
  for (const char* part : {"<", ">", "&", "\u2028"}) CHECK(!has(text, part));
  const auto data = nlohmann::json::parse(text);
  const auto& attempt = data["results"][0]["attempts"][0];
  for (const char* key : {"message", "output", "stack"}) {
    CHECK(data["texts"][attempt[key].get<std::size_t>()] == kHostile);
  }
}

TEST_CASE("bytes that are no text are shown as such, escape sequences not at all") {
  Builder builder;
  builder.add_failure("test", "\x1B[31mred\x1B[0m \xFF\x01");
  const auto data = data_of(builder.page());
  CHECK(data["texts"][data["results"][0]["message"].get<std::size_t>()] == "red \uFFFD");
}

TEST_CASE("failures of an equal message are one group, whatever their addresses") {
  Builder builder;
  builder.add_failure("one", "only this");
  builder.add_failure("two", "SIGSEGV at 0x7f001234\nmore");
  builder.add_failure("three", "SIGSEGV at 0x7f005678\nmore");
  builder.add(builder.planned("good"), {Outcome::passed, 0.5, "fine"});
  const std::string html = page_overview(builder.page());
  CHECK(count(html, "<details") == 2);
  CHECK(html.find("2 tests") < html.find("only this"));
  CHECK(
      has(html, "<a class=\"name\" href=\"#test=Derived%2Etwo%5Fstrict\">Derived.two_strict</a>"));
  CHECK(!has(html, "Derived.good_strict"));
  CHECK(has(html, "<h1>4 tests, 3 not as expected</h1>"));
}

TEST_CASE("very many failures do not make the summary long, and are counted") {
  Builder builder;
  for (int i = 0; i < 250; ++i) builder.add_failure("same" + std::to_string(i), "the same");
  const std::string html = page_overview(builder.page());
  CHECK(count(html, "<li") == 1 + 100);  // one outcome, and the tests
  CHECK(has(html, "<p>and 150 more</p>"));
}

TEST_CASE("a page says that not all was run") {
  Builder builder;
  builder.add(builder.planned("good"), {Outcome::passed, 0.5});
  builder.report.results.not_run.push_back(&builder.report.add(builder.planned("late")));
  builder.report.results.planned = 2;
  builder.report.results.interrupted = true;
  builder.report.results.missing = {"of 3 shards 2 is missing"};
  const Page page = builder.page();
  CHECK(page_title(page) == "2 tests, 0 not as expected, not all was run");
  CHECK(has(page_overview(page), "! Not all was run: of 3 shards 2 is missing"));
  CHECK(has(page_overview(page), "<b>1</b><span> not run</span>"));
}

TEST_CASE("a row is a test of a suite, a column a run and a transform") {
  Builder builder;
  for (const char* run : {"one", "two"}) {
    for (const char* transform : {"a", "b"}) {
      builder.add(builder.planned("test", run, transform), {Outcome::passed, 0.5});
    }
  }
  const auto data = data_of(builder.page());
  CHECK(data["columns"] == nlohmann::json{"one / a", "one / b", "two / a", "two / b"});
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& result = data["results"][i];
    CHECK(data["texts"][result["row"].get<std::size_t>()] == "Suite.test");
    CHECK(result["column"] == i);
  }
}

TEST_CASE("of the history a row is a derived test, with its earlier runs") {
  PastRun run;
  run.number = 7;
  run.name = "run 7";
  const auto past = [](Outcome outcome) {
    PastResult result;
    result.id = "cell Derived.test";
    result.cell = "cell";
    result.outcome = outcome;
    result.is_bad = outcome == Outcome::failed;
    result.seconds = 0.25;
    result.message = "why";
    return PastResults{result};
  };
  Page page = page_of(run, past(Outcome::failed));
  add_night(page, run, {});
  add_night(page, run, past(Outcome::passed));
  const auto data = data_of(page);
  CHECK(data["columns"] == nlohmann::json{"cell"});
  const auto& result = data["results"][0];
  CHECK(data["texts"][result["row"].get<std::size_t>()] == "Derived.test");
  CHECK(result["bad"] == true);
  CHECK(!result.contains("attempts"));
  CHECK(data["nights"].size() == 2);
  CHECK(result["events"] == nlohmann::json{1, 0, 0.25});
}

TEST_CASE("long texts have their head and their tail") {
  Builder builder;
  builder.add_failure("test", "head" + std::string(100'000, '-') + "tail");
  const auto data = data_of(builder.page());
  const std::string text = data["texts"][data["results"][0]["message"].get<std::size_t>()];
  CHECK(text.starts_with("head-"));
  CHECK(text.ends_with("-tail"));
  CHECK(has(text, "\n... 34472 bytes are left out here; the JSON report has them ...\n"));
}

TEST_CASE("every outcome has a sign of its own") {
  std::set<std::string> signs;
  for (const auto& look : outcome_looks()) signs.insert(look.sign);
  CHECK(signs.size() == kOutcomes.size() + 1);
}
