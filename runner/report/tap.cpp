#include "runner/report/tap.h"

#include <fmt/format.h>

#include <sstream>

#include "runner/report/report_file.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

/// One line without what TAP reads as a directive or an escape.
std::string escaped(const std::string& text) {
  std::string line;
  for (const char c : printable(text.substr(0, text.find('\n')))) {
    if (c == '#' || c == '\\') line += '\\';
    line += c;
  }
  return line;
}

std::string directive(const TestResult& result) {
  if (result.is_excused()) {
    return " # TODO in quarantine: " + escaped(result.test->quarantine->reason);
  }
  switch (result.outcome) {
    case Outcome::skipped:
      return " # SKIP " + escaped(result.last().message);
    case Outcome::xfailed:
    case Outcome::xpassed: {
      const XfailMark& mark = *result.test->xfail;
      return " # TODO " + escaped(mark.reason.empty() ? mark.property : mark.reason);
    }
    default:
      return "";
  }
}

/// A literal YAML block of the text.
std::string block(const std::string& key, const std::string& text) {
  if (text.empty()) return "";
  std::string lines = fmt::format("  {}: |-\n", key);
  std::istringstream stream(printable(text));
  for (std::string line; std::getline(stream, line);) lines += "    " + line + "\n";
  return lines;
}

std::string diagnostics(const TestResult& result) {
  const Attempt& cause = result.cause();
  return fmt::format("  ---\n  outcome: {}\n  duration: {:.3f}\n{}{}{}  ...\n",
                     outcome_name(result.outcome), result.seconds(),
                     block("message", cause.message), block("backtrace", cause.backtrace),
                     block("output", cause.output));
}

/// TAP's own view: an expected failure is "not ok", and its directive excuses it.
bool is_ok(const TestResult& result) {
  return !result.fails() && result.outcome != Outcome::xfailed;
}

}  // namespace

std::string tap_text(const RunResults& results, const PlanPart& part) {
  std::string text = fmt::format("TAP version 14\n1..{}\n", results.planned);
  if (part.shard.is_part()) text += fmt::format("# shard {}\n", shard_text(part.shard));
  std::size_t number = 0;
  for (const auto& result : results.tests) {
    // A TODO that passes is fine to TAP's readers: where it is not, it has no directive.
    const std::string suffix = result.is_bad() ? "" : directive(result);
    text += fmt::format("{} {} - {}{}\n", is_ok(result) ? "ok" : "not ok", ++number,
                        escaped(result.test->id()), suffix);
    if (result.is_bad()) text += diagnostics(result);
    if (result.is_resumed)
      text += fmt::format("# {} is from the run that this one resumed\n", number);
  }
  for (const auto* test : results.not_run) {
    text += fmt::format("# not run: {}\n", escaped(test->id()));
  }
  for (const auto& sentence : results.missing) {
    text += fmt::format("Bail out! {}\n", escaped(sentence));
  }
  if (results.tests.size() < results.planned && results.missing.empty()) {
    text += fmt::format("Bail out! {} of {} tests were not run\n",
                        results.planned - results.tests.size(), results.planned);
  }
  return text;
}

void TapReporter::run_finished(const RunResults& results) {
  write_report_file(path_, tap_text(results, part_));
}

}  // namespace roundtrip
