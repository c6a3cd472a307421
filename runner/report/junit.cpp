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
  return result.is_bad() ? result.attempts.front() : result.last();
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
  return verdict_of(*result.test, verdict_attempt(result).outcome);
}

void count(const TestResult& result, Counts& counts) {
  const Verdict verdict = verdict_of(result);
  counts.tests += 1;
  counts.failures += verdict == Verdict::failure;
  counts.errors += verdict == Verdict::error;
  counts.skipped += verdict == Verdict::skipped;
  counts.seconds += result.seconds();
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
  std::string text = fmt::format("xfail property '{}'", mark.property);
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

/// The element of the test's verdict, if that is `kind`.
void add_verdict(pugi::xml_node testcase, const TestResult& result, Verdict kind) {
  const char* const names[] = {"", "failure", "error", "skipped"};
  if (verdict_of(result) != kind) return;
  auto node = testcase.append_child(names[static_cast<std::size_t>(kind)]);
  set_summary(node, result, verdict_attempt(result));
  set_text(node, full_text(verdict_attempt(result)));
}

/// Attempts of this kind beside the one that is the verdict.
void add_reruns(pugi::xml_node testcase, const TestResult& result, Verdict kind) {
  const std::string name = std::string(result.is_bad() ? "rerun" : "flaky") +
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

void add_testcase(pugi::xml_node suite, const TestResult& result) {
  auto testcase = suite.append_child("testcase");
  set(testcase, "name", printable(result.test->name));
  set(testcase, "classname", printable(class_of(*result.test)));
  set(testcase, "time", fmt::format("{:.3f}", result.seconds()));
  // In the order of Surefire's schema.
  for (const Verdict kind : {Verdict::failure, Verdict::skipped, Verdict::error}) {
    add_verdict(testcase, result, kind);
    add_reruns(testcase, result, kind);
  }
  const std::string& output = verdict_attempt(result).output;
  if (!output.empty()) set_text(testcase.append_child("system-out"), output);
}

/// Results by derived class, classes in the order of the plan.
std::vector<std::vector<const TestResult*>> by_class(const RunResults& results) {
  std::vector<std::vector<const TestResult*>> classes;
  std::map<std::string, std::size_t> index_of;
  for (const auto& result : results.tests) {
    const auto [entry, is_new] = index_of.emplace(class_of(*result.test), classes.size());
    if (is_new) classes.emplace_back();
    classes[entry->second].push_back(&result);
  }
  return classes;
}

}  // namespace

std::string junit_xml(const RunResults& results) {
  pugi::xml_document document;
  auto root = document.append_child("testsuites");
  set(root, "name", "roundtrip");
  Counts total;
  for (const auto& result : results.tests) count(result, total);
  total.seconds = results.seconds;
  set_counts(root, total);
  const auto started = fmt::gmtime(std::chrono::system_clock::to_time_t(results.started));
  for (const auto& tests : by_class(results)) {
    auto suite = root.append_child("testsuite");
    set(suite, "name", printable(class_of(*tests.front()->test)));
    Counts counts;
    for (const auto* result : tests) count(*result, counts);
    set_counts(suite, counts);
    set(suite, "timestamp", fmt::format("{:%Y-%m-%dT%H:%M:%S}", started));
    for (const auto* result : tests) add_testcase(suite, *result);
  }
  std::ostringstream stream;
  document.save(stream, "  ");
  return stream.str();
}

void JUnitReporter::run_finished(const RunResults& results) {
  write_report_file(path_, junit_xml(results));
}

}  // namespace roundtrip
