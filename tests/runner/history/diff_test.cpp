#include "runner/history/diff.h"

#include <doctest/doctest.h>

#include "runner/history/diff_text.h"

using namespace roundtrip;

namespace {

const auto kSettings = std::make_shared<const std::string>("{}");

PastResult result(const std::string& id, Outcome outcome, const std::string& message = "",
                  double seconds = 1) {
  const bool is_bad = outcome == Outcome::failed || outcome == Outcome::crashed;
  return {id, "", outcome, is_bad, false, seconds, message, kSettings};
}

PastResult in_quarantine(PastResult result) {
  result.is_bad = false;
  result.is_quarantined = true;
  return result;
}

ComparedRun run(PastResults results) {
  ComparedRun run{{}, std::move(results), {}};
  run.run.name = "run";
  run.run.part.runs = {""};
  run.run.part.facts[""] = {};
  return run;
}

bool never(const std::string&) {
  return false;
}

/// "newly_failing a, gone b": the changes between two runs.
std::string changes(const ComparedRun& before, const ComparedRun& after) {
  std::string text;
  for (const auto& change : compare(before, after, never).changes) {
    text += (text.empty() ? "" : ", ") +
            std::string(all_changes()[static_cast<std::size_t>(change.kind)].name) + " " +
            change.id();
  }
  return text;
}

/// What it is called when a result becomes another one.
std::string change(const PastResult& before, const PastResult& after) {
  return changes(run({before}), run({after}));
}

/// Runs in which `a` took so long, the latest last.
ComparedRun timed(const std::vector<double>& seconds) {
  ComparedRun timed = run({result("a", Outcome::passed, "", seconds.back())});
  for (std::size_t i = seconds.size() - 1; i-- > 0;) {
    timed.earlier.push_back({result("a", Outcome::passed, "", seconds[i])});
  }
  return timed;
}

bool is_slower(const std::vector<double>& before, const std::vector<double>& after) {
  return changes(timed(before), timed(after)) == "slower a";
}

}  // namespace

TEST_CASE("the kinds are in the order of their table") {
  for (std::size_t i = 0; i < all_changes().size(); ++i) {
    CHECK(static_cast<std::size_t>(all_changes()[i].kind) == i);
  }
}

TEST_CASE("what a change of outcome is called") {
  const auto of = [](Outcome before, Outcome after) {
    return change(result("a", before), result("a", after));
  };
  CHECK(of(Outcome::passed, Outcome::passed) == "");
  CHECK(of(Outcome::passed, Outcome::failed) == "newly_failing a");
  CHECK(of(Outcome::skipped, Outcome::crashed) == "newly_failing a");
  CHECK(of(Outcome::xfailed, Outcome::failed) == "newly_failing a");
  CHECK(of(Outcome::failed, Outcome::passed) == "fixed a");
  CHECK(of(Outcome::failed, Outcome::flaky) == "fixed a");
  CHECK(of(Outcome::failed, Outcome::crashed) == "changed_message a");
  CHECK(of(Outcome::failed, Outcome::skipped) == "changed_skip a");
  CHECK(of(Outcome::passed, Outcome::skipped) == "changed_skip a");
  CHECK(of(Outcome::skipped, Outcome::passed) == "changed_skip a");
  CHECK(of(Outcome::failed, Outcome::xfailed) == "changed_xfail a");
  CHECK(of(Outcome::passed, Outcome::xfailed) == "changed_xfail a");
  CHECK(of(Outcome::xfailed, Outcome::xpassed) == "changed_xfail a");
  CHECK(of(Outcome::passed, Outcome::flaky) == "newly_flaky a");
  CHECK(of(Outcome::flaky, Outcome::passed) == "");
  const PastResult failed = result("a", Outcome::failed), passed = result("a", Outcome::passed);
  CHECK(change(passed, in_quarantine(failed)) == "changed_in_quarantine a");
  CHECK(change(failed, in_quarantine(failed)) == "changed_in_quarantine a");
  CHECK(change(in_quarantine(failed), in_quarantine(failed)) == "");
  CHECK(change(in_quarantine(failed), failed) == "newly_failing a");
}

TEST_CASE("messages are compared without what differs by chance") {
  const auto of = [](Outcome outcome, const std::string& before, const std::string& after) {
    return change(result("a", outcome, before), result("a", outcome, after));
  };
  CHECK(of(Outcome::failed, "at 0x7ff12 after 1.25 s", "at 0x123 after 0.5 s") == "");
  CHECK(of(Outcome::failed, "line 7", "line 8") == "changed_message a");
  CHECK(of(Outcome::xfailed, "no rule", "another") == "changed_message a");
  CHECK(of(Outcome::skipped, "no GPU", "no MPI") == "changed_skip a");
  CHECK(of(Outcome::passed, "x", "y") == "");
}

TEST_CASE("a test that was flaky lately is not newly so") {
  const ComparedRun before = run({result("a", Outcome::passed), result("b", Outcome::passed)});
  const ComparedRun after = run({result("a", Outcome::flaky), result("b", Outcome::flaky)});
  const RunDiff diff = compare(before, after, [](const std::string& id) { return id == "b"; });
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].id() == "a");
  CHECK(diff.is_worse());
}

TEST_CASE("tests come and go where both runs chose theirs in the same way") {
  const ComparedRun before = run({result("a", Outcome::passed), result("c", Outcome::failed)});
  ComparedRun after = run({result("b", Outcome::passed), result("d", Outcome::failed)});
  CHECK(changes(before, after) == "newly_failing d, new b, gone a, gone c");
  CHECK(compare(before, after, never).has_lost());
  CHECK_FALSE(compare(before, before, never).has_lost());
  after.run.part.selection = "--filter x";
  CHECK(changes(before, after) == "");
  const RunDiff diff = compare(before, after, never);
  REQUIRE(diff.notes.size() == 1);
  CHECK(diff.notes[0] ==
        "4 tests are in one of the runs only, which chose other tests or was cut short; 1 of them "
        "failing now");
  ComparedRun of_failed = before;
  of_failed.run.part.is_lasting = false;
  CHECK(changes(of_failed, of_failed) == "");
  after.run.part = of_failed.run.part;
  CHECK(changes(of_failed, after) == "");
}

TEST_CASE("a test of a cell that was not chosen is not gone; one of a cell that is no more is") {
  ComparedRun before = run({result("x a", Outcome::passed), result("y a", Outcome::passed)});
  before.results[0].cell = "x";
  before.results[1].cell = "y";
  before.run.part.runs = {"x", "y"};
  before.run.part.facts = {{"x", {}}, {"y", {}}};
  ComparedRun after = before;
  after.results.pop_back();
  after.run.part.facts.erase("y");
  CHECK(changes(before, after) == "");
  after.run.part.runs = {"x"};
  CHECK(changes(before, after) == "gone y a");
}

TEST_CASE("what a run that was cut short did not come to was not run, and that is worse") {
  const ComparedRun before = run({result("a", Outcome::passed), result("b", Outcome::passed)});
  ComparedRun after = run({result("a", Outcome::passed)});
  after.run.cut_short = "interrupted";
  CHECK(changes(before, after) == "not_run b");
  CHECK(compare(before, after, never).is_worse());
  CHECK(changes(after, before) == "");  // not new: the earlier run did not come to it
}

TEST_CASE("slower is what the medians of three nights say") {
  CHECK_FALSE(is_slower({1, 1, 1}, {1, 1, 9}));  // one slow night
  CHECK(is_slower({1, 1, 9}, {1, 9, 9}));        // the second
  CHECK_FALSE(is_slower({1, 9, 9}, {9, 9, 9}));  // told already
  CHECK_FALSE(is_slower({1, 1, 1}, {1.4, 1.4, 1.4}));
  CHECK(is_slower({1, 1, 1}, {1.6, 1.6, 1.6}));
  CHECK_FALSE(is_slower({0.1, 0.1, 0.1}, {0.25, 0.25, 0.25}));  // by less than 0.2 s
}

TEST_CASE("of fewer nights more is asked") {
  CHECK_FALSE(is_slower({1}, {1.9}));
  CHECK(is_slower({1}, {2.1}));
  CHECK_FALSE(is_slower({0.1}, {1}));
}

TEST_CASE("times are compared on one machine, and with one setting") {
  ComparedRun before = timed({1}), after = timed({9});
  after.run.environment.cores = 64;
  CHECK(changes(before, after) == "");
  after = timed({9});
  after.results[0].settings = std::make_shared<const std::string>("{\"threads\":2}");
  CHECK(changes(before, after) == "");
}

TEST_CASE("a slow machine is held against no test") {
  PastResults old, now;
  for (int i = 10; i < 40; ++i) {
    old.push_back(result("t" + std::to_string(i), Outcome::passed, "", 1));
    now.push_back(result("t" + std::to_string(i), Outcome::passed, "", i == 20 ? 9 : 3));
  }
  const ComparedRun before = run(old), after = run(now);
  CHECK(changes(before, after) == "slower t20");
  CHECK(compare(before, after, never).notes.back().starts_with("the tests took 3.0 times as long"));
}

TEST_CASE("what else has changed is told once for all cells that share it") {
  ComparedRun before = run({}), after = run({});
  before.run.environment.libtorch = "2.13.0";
  before.run.part.facts = {{"x", {{"seed", "1"}, {"dtype", "a"}}}, {"y", {{"seed", "1"}}}};
  after.run.part.facts = {{"x", {{"seed", "2"}, {"dtype", "b"}}}, {"y", {{"seed", "2"}}}};
  const auto found = compare(before, after, never).circumstances;
  REQUIRE(found.size() == 3);
  CHECK(found[0].after == "unknown");
  CHECK(found[1].name == "dtype");
  CHECK(found[1].runs == std::vector<std::string>{"x"});
  CHECK(found[2].name == "seed");
  CHECK(found[2].runs.empty());
}

TEST_CASE("Markdown finds nothing in names and messages") {
  const ComparedRun before = run({result("a", Outcome::passed)});
  const ComparedRun after = run({result("a", Outcome::failed, "</code> @all **b** | `c`\nmore")});
  const std::string text = diff_markdown(compare(before, after, never), before.run, after.run);
  CHECK(text.find("- <code>a</code> passed → failed&#58; &#60;/code&#62; &#64;all "
                  "&#42;&#42;b&#42;&#42; &#124; &#96;c&#96;\n") != std::string::npos);
}
