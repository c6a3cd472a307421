#include "runner/report/junit.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "runner/report/report_file.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

/// The derived class, after the run's name where it has one: cells of a matrix run the same
/// classes.
std::string class_of(const PlannedTest& test) {
  return test.run.empty() ? test.class_name : test.run + "." + test.class_name;
}

struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double seconds = 0;
};

/// The element that says how a test ended, in JUnit's vocabulary.
enum class Verdict { passed, failure, error, skipped };

/// Of a test that was tried again and failed the first attempt counts, as in Surefire.
const Attempt& verdict_attempt(const TestResult& result) {
  return result.fails() ? result.attempts.front() : result.last();
}

Verdict verdict_of(const PlannedTest& test, Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
    case Outcome::flaky:
      return Verdict::passed;
    case Outcome::failed:
      return Verdict::failure;
    case Outcome::xpassed:
      return test.settings.strict ? Verdict::failure : Verdict::passed;
    case Outcome::error:
    case Outcome::crashed:
    case Outcome::timed_out:
      return Verdict::error;
    case Outcome::skipped:
    case Outcome::xfailed:
      return Verdict::skipped;
  }
  return Verdict::error;
}

Verdict verdict_of(const TestResult& result) {
  if (result.is_excused()) return Verdict::skipped;
  return verdict_of(*result.test, verdict_attempt(result).outcome);
}

/// A test of the report; without a result when it was not run.
struct Case {
  const PlannedTest* test;
  const TestResult* result;
};

void count(const Case& one, Counts& counts) {
  const Verdict verdict = one.result != nullptr ? verdict_of(*one.result) : Verdict::skipped;
  counts.tests += 1;
  counts.failures += verdict == Verdict::failure;
  counts.errors += verdict == Verdict::error;
  counts.skipped += verdict == Verdict::skipped;
  counts.seconds += one.result != nullptr ? one.result->seconds() : 0;
}

void set(pugi::xml_node node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute).set_value(value.c_str());
}

void set_text(pugi::xml_node node, const std::string& text) {
  if (!text.empty()) node.append_child(pugi::node_pcdata).set_value(printable(text).c_str());
}

void set_counts(pugi::xml_node node, const Counts& counts) {
  node.append_attribute("tests").set_value(counts.tests);
  node.append_attribute("failures").set_value(counts.failures);
  node.append_attribute("errors").set_value(counts.errors);
  node.append_attribute("skipped").set_value(counts.skipped);
  set(node, "time", fmt::format("{:.3f}", counts.seconds));
}

std::string xfail_text(const XfailMark& mark) {
  std::string text = mark.property.empty() ? "expected to fail under every run"
                                           : fmt::format("xfail property '{}'", mark.property);
  if (!mark.reason.empty()) text = mark.reason + " (" + text + ")";
  return mark.issue.empty() ? text : text + " " + mark.issue;
}

std::string summary_of(const TestResult& result, const Attempt& attempt) {
  if (attempt.outcome == Outcome::xfailed) return xfail_text(*result.test->xfail);
  if (attempt.outcome == Outcome::xpassed) {
    return "[XPASS(strict)] " + xfail_text(*result.test->xfail);
  }
  return attempt.message.substr(0, attempt.message.find('\n'));
}

/// The message, and under it the stack of a crash.
std::string full_text(const Attempt& attempt) {
  return attempt.backtrace.empty() ? attempt.message : attempt.message + "\n" + attempt.backtrace;
}

void set_summary(pugi::xml_node node, const TestResult& result, const Attempt& attempt) {
  const bool is_xfail = attempt.outcome == Outcome::xfailed;
  set(node, "type", is_xfail ? "xfail" : std::string(outcome_name(attempt.outcome)));
  set(node, "message", printable(summary_of(result, attempt)));
}

/// Of a test that failed in quarantine.
void set_excuse(pugi::xml_node node, const TestResult& result) {
  const Quarantine& quarantine = *result.test->quarantine;
  set(node, "type", "quarantine");
  set(node, "message",
      printable(fmt::format("{} in quarantine until {}: {}", outcome_name(result.outcome),
                            quarantine.expires, quarantine.reason)));
}

/// The element of the test's verdict, if that is `kind`.
void add_verdict(pugi::xml_node testcase, const TestResult& result, Verdict kind) {
  const char* const names[] = {"", "failure", "error", "skipped"};
  if (verdict_of(result) != kind) return;
  auto node = testcase.append_child(names[static_cast<std::size_t>(kind)]);
  result.is_excused() ? set_excuse(node, result)
                      : set_summary(node, result, verdict_attempt(result));
  set_text(node, full_text(verdict_attempt(result)));
}

/// Attempts of this kind beside the one that is the verdict.
void add_reruns(pugi::xml_node testcase, const TestResult& result, Verdict kind) {
  const std::string name = std::string(result.fails() ? "rerun" : "flaky") +
                           (kind == Verdict::failure ? "Failure" : "Error");
  for (const auto& attempt : result.attempts) {
    const bool is_verdict = &attempt == &verdict_attempt(result);
    if (is_verdict || verdict_of(*result.test, attempt.outcome) != kind) continue;
    auto node = testcase.append_child(name.c_str());
    set_summary(node, result, attempt);
    set_text(node.append_child("stackTrace"), full_text(attempt));
    if (!attempt.output.empty()) set_text(node.append_child("system-out"), attempt.output);
  }
}

void add_property(pugi::xml_node properties, const char* name, const std::string& value) {
  auto property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", printable(value));
}

/// What tells the test from others of its name, and what its result depends on.
void add_properties(pugi::xml_node testcase, const Case& one) {
  auto properties = testcase.append_child("properties");
  const PlannedTest& test = *one.test;
  if (!test.run.empty()) add_property(properties, "cell", test.run);
  add_property(properties, "transform", test.transform);
  for (const char* name : {"dtype", "seed", "threads"}) {
    add_property(properties, name, setting_text(*find_setting(name), test.settings));
  }
  if (one.result == nullptr) return;
  if (one.result->is_resumed) add_property(properties, "resumed", "true");
  if (!one.result->artifacts.empty()) {
    add_property(properties, "artifacts", one.result->artifacts.string());
  }
  if (!one.result->artifacts_note.empty()) {
    add_property(properties, "artifacts_note", one.result->artifacts_note);
  }
  // JUnit has no tests within tests; what failed in one of these says so in its message.
  for (const auto& subcase : verdict_attempt(*one.result).subcases) {
    add_property(properties, "subcase", subcase);
  }
  for (const auto& process : verdict_attempt(*one.result).left_running) {
    add_property(properties, "left_running", process);
  }
}

void add_not_run(pugi::xml_node testcase, const RunResults& results) {
  auto node = testcase.append_child("skipped");
  set(node, "type", "not_run");
  set(node, "message", printable(results.why_not_run()));
}

void add_result(pugi::xml_node testcase, const TestResult& result) {
  // In the order of Surefire's schema.
  for (const Verdict kind : {Verdict::failure, Verdict::skipped, Verdict::error}) {
    add_verdict(testcase, result, kind);
    add_reruns(testcase, result, kind);
  }
  const std::string& output = verdict_attempt(result).output;
  if (!output.empty()) set_text(testcase.append_child("system-out"), output);
}

void add_testcase(pugi::xml_node suite, const Case& one, const RunResults& results) {
  auto testcase = suite.append_child("testcase");
  set(testcase, "name", printable(one.test->repeated_name()));
  set(testcase, "classname", printable(class_of(*one.test)));
  set(testcase, "time", fmt::format("{:.3f}", one.result != nullptr ? one.result->seconds() : 0));
  if (!one.test->file.empty()) {
    set(testcase, "file", printable(one.test->file));
    testcase.append_attribute("line").set_value(one.test->line);
  }
  add_properties(testcase, one);
  if (one.result != nullptr) return add_result(testcase, *one.result);
  add_not_run(testcase, results);
}

/// All tests, those that were not run last.
std::vector<Case> cases_of(const RunResults& results) {
  std::vector<Case> cases;
  for (const auto& result : results.tests) cases.push_back({result.test, &result});
  for (const auto* test : results.not_run) cases.push_back({test, nullptr});
  return cases;
}

/// By derived class, classes in the order of the plan.
std::vector<std::vector<Case>> by_class(const std::vector<Case>& cases) {
  std::vector<std::vector<Case>> classes;
  std::map<std::string, std::size_t> index_of;
  for (const auto& one : cases) {
    const auto [entry, is_new] = index_of.emplace(class_of(*one.test), classes.size());
    if (is_new) classes.emplace_back();
    classes[entry->second].push_back(one);
  }
  return classes;
}

/// JUnit has no other way to express that tests are missing.
void add_missing(pugi::xml_node root, const RunResults& results, const std::string& timestamp) {
  if (results.missing.empty()) return;
  auto suite = root.append_child("testsuite");
  set(suite, "name", "roundtrip merge");
  Counts counts;
  counts.tests = counts.errors = static_cast<int>(results.missing.size());
  set_counts(suite, counts);
  set(suite, "timestamp", timestamp);
  for (const auto& sentence : results.missing) {
    auto testcase = suite.append_child("testcase");
    set(testcase, "name", printable(sentence));
    set(testcase, "classname", "roundtrip merge");
    set(testcase, "time", "0.000");
    auto node = testcase.append_child("error");
    set(node, "message", "is missing");
    set(node, "type", "missing");
  }
}

void add_shard(pugi::xml_node suite, const Shard& shard) {
  if (shard.is_part()) add_property(suite.append_child("properties"), "shard", shard_text(shard));
}

}  // namespace

std::string junit_xml(const RunResults& results, const PlanPart& part) {
  pugi::xml_document document;
  auto root = document.append_child("testsuites");
  set(root, "name", "roundtrip");
  const auto cases = cases_of(results);
  Counts total;
  for (const auto& one : cases) count(one, total);
  total.tests += static_cast<int>(results.missing.size());
  total.errors += static_cast<int>(results.missing.size());
  total.seconds = results.seconds;
  set_counts(root, total);
  const auto started = fmt::gmtime(std::chrono::system_clock::to_time_t(results.started));
  const std::string timestamp = fmt::format("{:%Y-%m-%dT%H:%M:%S}", started);
  for (const auto& tests : by_class(cases)) {
    auto suite = root.append_child("testsuite");
    set(suite, "name", printable(class_of(*tests.front().test)));
    Counts counts;
    for (const auto& one : tests) count(one, counts);
    set_counts(suite, counts);
    set(suite, "timestamp", timestamp);
    add_shard(suite, part.shard);
    for (const auto& one : tests) add_testcase(suite, one, results);
  }
  add_missing(root, results, timestamp);
  std::ostringstream stream;
  document.save(stream, "  ");
  return stream.str();
}

void JUnitReporter::run_finished(const RunResults& results) {
  write_report_file(path_, junit_xml(results, part_));
}

}  // namespace roundtrip
