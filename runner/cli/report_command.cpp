#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/past_runs.h"
#include "runner/cli/report_files.h"
#include "runner/cli/run_words.h"
#include "runner/page/page.h"
#include "runner/report/report_file.h"

namespace roundtrip {

namespace {

namespace po = boost::program_options;

constexpr const char* kReportHelp =
    "roundtrip report CONFIG [RUN] -o FILE [options]\n"
    "roundtrip report [CONFIG] REPORT... -o FILE [options]\n"
    "\n"
    "Writes one HTML page that tells of a run: the failures by their messages, a grid of all "
    "tests\n"
    "by runs and transforms that is filtered as you type, how each test did in earlier runs, its\n"
    "times, output and stack. The file needs no other and no network; #test=NAME behind its\n"
    "address opens a test. Without JavaScript it shows the summary.\n"
    "\n"
    "The run is the last one of CONFIG's history, or RUN: a number of 'roundtrip history CONFIG',\n"
    "-1 for the last, -2 for the one before it. The history has no output and no stack; JSON\n"
    "reports have. Of several REPORTs, or a folder, the results are joined as by 'merge'; what is\n"
    "missing is named on the page. With CONFIG before them the page has its earlier runs, too.\n"
    "\n"
    "Exit codes: 0 the page was written, whatever it tells; 5 CONFIG has no history.\n"
    "\n"
    "Examples:\n"
    "  roundtrip report config/nightly.yaml -o report.html\n"
    "  roundtrip report config/nightly.yaml -2 -o yesterday.html\n"
    "  roundtrip report config/nightly.yaml reports/ -o report.html\n";

constexpr std::size_t kNights = 30;

/// What is to be on the page.
struct Request {
  std::string config;  ///< empty when there is none
  std::string run;     ///< a marked number, or empty
  std::vector<std::string> reports;
  std::size_t nights = kNights;
};

Request read_words(const std::vector<std::string>& words) {
  Request request;
  for (const auto& word : words) {
    if (is_run_number(word)) {
      if (!request.run.empty()) throw UsageError("'report' takes one RUN");
      request.run = word;
    } else if (is_report(word) || std::filesystem::is_directory(word)) {
      request.reports.push_back(word);
    } else {
      if (!request.config.empty()) {
        throw UsageError(fmt::format(
            "'report' takes one CONFIG; a REPORT is a JSON report (.json) or a folder, not '{}'",
            word));
      }
      request.config = word;
    }
  }
  if (request.config.empty() && request.reports.empty()) {
    throw UsageError(
        "'report' needs CONFIG or REPORTs: roundtrip report config/serdes.yaml -o report.html");
  }
  if (!request.run.empty() && (request.config.empty() || !request.reports.empty())) {
    throw UsageError("'report': a RUN is one of CONFIG's history; give CONFIG, and no REPORT");
  }
  return request;
}

/// The last runs of the history up to that one.
void add_nights(Page& page, const PastRuns& past, std::int64_t last, std::size_t count) {
  std::vector<const PastRun*> nights;
  for (const auto& run : past.runs) {
    if (run.number <= last) nights.push_back(&run);
  }
  const std::size_t first = nights.size() > count ? nights.size() - count : 0;
  for (std::size_t i = first; i < nights.size(); ++i) {
    add_night(page, *nights[i], past.store.results(nights[i]->number));
  }
}

/// Nothing when the configuration has no history, which is said.
std::optional<Page> page_of_history(const Request& request) {
  const auto past = open_past_runs(request.config);
  if (!past) return std::nullopt;
  const PastRun& run =
      past->find(request.run.empty() ? run_number(last_run_word()) : run_number(request.run));
  Page page = page_of(run, past->store.results(run.number));
  add_nights(page, *past, run.number, request.nights);
  return page;
}

Page page_of_reports(const Request& request, const std::vector<std::filesystem::path>& files) {
  const Report report = joined_reports(files);
  for (const auto& missing : report.results.missing) std::cerr << "warning: " << missing << "\n";
  Page page = page_of(report);
  if (request.config.empty()) return page;
  if (const auto past = find_past_runs(request.config)) {
    add_nights(page, *past, past->runs.back().number, request.nights);
  }
  return page;
}

/// Tried before anything is read, and none of what is read.
std::filesystem::path output_path(const Arguments& arguments, const Request& request,
                                  const std::vector<std::filesystem::path>& reports) {
  const auto given = arguments.text("output");
  if (!given) throw UsageError("'report' needs the file to write: -o report.html");
  std::vector<std::filesystem::path> inputs = reports;
  if (!request.config.empty()) inputs.emplace_back(request.config);
  for (const auto& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(*given, input, ignored)) {
      throw UsageError(fmt::format("-o would write over {}; choose another path", *given));
    }
  }
  try {
    return prepare_report_file(*given);
  } catch (const Error& error) {
    throw UsageError(fmt::format("-o: {}", error.what()));
  }
}

}  // namespace

int report_command(const CommandLine& line) {
  Arguments arguments("report", kReportHelp);
  arguments.add_files("REPORT");
  arguments.options().add_options()                                                         //
      ("output,o", po::value<std::string>()->value_name("FILE"), "write the page to FILE")  //
      ("nights", po::value<std::size_t>()->default_value(kNights)->value_name("N"),
       "show the last N runs of the history, beside each test");
  if (!arguments.parse(with_marked_numbers(line))) return kAllAsExpected;
  Request request = read_words(arguments.texts("REPORT"));
  request.nights = arguments.get<std::size_t>("nights");
  const auto files = report_files(request.reports);
  const auto path = output_path(arguments, request, files);
  const auto page =
      files.empty() ? page_of_history(request) : std::optional(page_of_reports(request, files));
  if (!page) return kNothingSelected;
  write_report_file(path, page_html(*page));
  return kAllAsExpected;
}

}  // namespace roundtrip
