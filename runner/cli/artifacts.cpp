#include "runner/cli/artifacts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>
#include <regex>

#include "runner/cli/run_arguments.h"
#include "runner/process/scheduler.h"
#include "runner/text/stable_hash.h"
#include "support/quantities.h"

namespace roundtrip {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// If everything fails, it is not all run twice.
constexpr std::size_t kMostTests = 20;
/// In seconds: longer tests are not run again unless the user asks for it.
constexpr double kLongest = 60;
/// Of one configuration, if the user has not named a folder.
constexpr std::size_t kMostRuns = 5;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

std::int64_t size_limit(const Arguments& arguments) {
  const auto text = arguments.get<std::string>("artifacts-size");
  try {
    const std::int64_t bytes = parse_bytes(text);
    if (bytes <= kMostBytes) return bytes;
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--artifacts-size {}, not '{}'", error.what(), text));
  }
  throw UsageError(fmt::format("--artifacts-size takes at most 1 TiB, not '{}'", text));
}

/// Removes those of the oldest runs. Other processes may do the same at the same time.
void drop_oldest(const fs::path& folder) {
  std::vector<fs::path> runs;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    runs.push_back(entry->path());
  }
  std::sort(runs.rbegin(), runs.rend());  // they are named by their time
  for (std::size_t i = kMostRuns - 1; i < runs.size(); ++i) fs::remove_all(runs[i], error);
}

/// Empty where nothing is to be kept.
fs::path folder_for(const Arguments& arguments, const Session& session) {
  const std::string given = arguments.get<std::string>("artifacts");
  if (given == "none") return {};
  if (!given.empty()) return fs::absolute(given);
  if (session.history_folder.empty()) return {};
  const fs::path folder = session.history_folder / "artifacts";
  drop_oldest(folder);
  return folder /
         fmt::format("{:%Y-%m-%dT%H-%M-%S}-{}", fmt::gmtime(std::time(nullptr)), ::getpid());
}

/// The test's id as the name of a folder, by which tests of different ids differ.
std::string folder_name(const std::string& id) {
  constexpr std::size_t kLongest = 120;
  std::string name = id.substr(0, kLongest);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-') c = '_';
  }
  return name == id ? name : fmt::format("{}-{:08x}", name, stable_hash(id) & 0xffffffffu);
}

bool has_programs(const TestResult& result) {
  const bool is_over = result.outcome == Outcome::failed || result.outcome == Outcome::error ||
                       result.outcome == Outcome::crashed || result.outcome == Outcome::timed_out;
  return is_over && result.fails() && !result.is_resumed && result.test->fault.empty();
}

/// `2_1.pt2` becomes `2_1_serdes_strict.pt2`: what is after the innermost link has its name.
void name_after_links(const fs::path& folder, const std::vector<TransformCall>& chain) {
  static const std::regex kKept("([0-9]+_)([0-9]+)([.].*)");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  for (const auto& file : files) {
    std::smatch parts;
    const std::string name = file.filename().string();
    if (!std::regex_match(name, parts, kKept)) continue;
    const std::size_t done = std::stoul(parts[2]);
    if (done > chain.size()) continue;
    const std::string link = done == 0 ? "export" : chain[chain.size() - done].name;
    fs::rename(file, folder / (parts[1].str() + parts[2].str() + "_" + link + parts[3].str()));
  }
}

/// A note on the run for artifacts, beside where they are.
std::string note_on(const TestResult& before, const TestResult* again, const fs::path& folder) {
  if (again == nullptr) return "the run for them was interrupted";
  if (fs::is_empty(folder)) return "none: no export ended, so there was no program";
  if (again->outcome == before.outcome) return "";
  return fmt::format("when it was run for them it ended differently: {}",
                     outcome_name(again->outcome));
}

/// Why the test is not run for them; empty where it is. So many others are.
std::string why_left_out(const TestResult& result, const Arguments& arguments, std::size_t others) {
  const bool is_asked_for = !arguments.get<std::string>("artifacts").empty();
  if (result.last().seconds > kLongest && !is_asked_for) {
    return fmt::format("left out: it ran for {:.0f} s; with --artifacts DIR it is run again",
                       result.last().seconds);
  }
  if (others < kMostTests) return "";
  return fmt::format("left out: more than {} tests failed; run this one alone to have them",
                     kMostTests);
}

/// The test as it is run again: its environment tells the process to keep its programs.
PlannedTest with_programs_kept(const TestResult& result, const Arguments& arguments) {
  PlannedTest test = *result.test;
  test.settings.retries = 0;
  test.environment["ROUNDTRIP_KEEP_PROGRAMS"] =
      fmt::format("{} {}", size_limit(arguments), result.artifacts.string());
  return test;
}

/// `again` is how the run for them ended.
void note_artifacts(TestResult& result, const TestResult* again) {
  const fs::path folder = result.artifacts;
  name_after_links(folder, result.test->chain);
  result.artifacts_note = note_on(result, again, folder);
  if (!fs::is_empty(folder)) return;
  fs::remove(folder);
  result.artifacts.clear();
}

/// Passes on how far the second run is, whose results are not those of the run.
class SecondRun final : public Reporter {
 public:
  explicit SecondRun(Reporter& reporter) : reporter_(reporter) {}

  void test_finished(const TestResult&) override { reporter_.programs_kept(); }
  void progressed(const Progress& progress) override { reporter_.progressed(progress); }
  void run_pauses() override { reporter_.run_pauses(); }
  void run_interrupted(const Progress& progress) override { reporter_.run_interrupted(progress); }

 private:
  Reporter& reporter_;
};

/// Throws where their folders cannot be written.
void keep(const Arguments& arguments, Session& session, Interrupts& interrupts, Reporter& reporter,
          RunResults& results) {
  const fs::path root = folder_for(arguments, session);
  if (root.empty()) return;
  std::vector<TestResult*> failed;
  std::vector<PlannedTest> plan;
  for (auto& result : results.tests) {
    if (!has_programs(result)) continue;
    result.artifacts_note = why_left_out(result, arguments, failed.size());
    if (!result.artifacts_note.empty()) continue;
    result.artifacts = root / folder_name(result.test->id());
    fs::remove_all(result.artifacts);
    fs::create_directories(result.artifacts);
    failed.push_back(&result);
    plan.push_back(with_programs_kept(result, arguments));
  }
  if (failed.empty()) return;
  reporter.programs_wanted(failed.size());
  ScheduleOptions options = schedule_options(arguments);
  options.max_failures = 0;
  SecondRun second(reporter);
  const RunResults again = Scheduler(*session.workers, plan, order_of_plan(plan.size()),
                                     session.config->groups, options, second, interrupts)
                               .run();
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto ended = std::find_if(again.tests.begin(), again.tests.end(),
                                    [&](const auto& result) { return result.test == &plan[i]; });
    note_artifacts(*failed[i], ended == again.tests.end() ? nullptr : &*ended);
  }
}

}  // namespace

void declare_artifacts(po::options_description& options) {
  options.add_options()  //
      ("artifacts", po::value<std::string>()->default_value("", "")->value_name("DIR"),
       "keep the programs of tests that failed in this folder; 'none' keeps none. They are the "
       ".pt2 files before the chain of transformations and after each link, with inputs and "
       "outputs; a test that failed is run once more for them. Unless given, beside the history, "
       "for the last 5 runs")  //
      ("artifacts-size", po::value<std::string>()->default_value("16 MiB")->value_name("SIZE"),
       "what the programs of one test may take; what is left out is said in their folder");
}

void check_artifacts(const Arguments& arguments) {
  size_limit(arguments);
}

void keep_artifacts(const Arguments& arguments, Session& session, Interrupts& interrupts,
                    Reporter& reporter, RunResults& results) {
  const bool is_plain = arguments.get<double>("stress") == 0 && !arguments.has("no-capture");
  if (!is_plain || results.interrupted || !results.fault.empty()) return;
  if (std::none_of(results.tests.begin(), results.tests.end(), has_programs)) return;
  try {
    keep(arguments, session, interrupts, reporter, results);
  } catch (const std::exception& error) {  // the reports are to be written all the same
    for (auto& result : results.tests) {
      if (!has_programs(result)) continue;
      result.artifacts.clear();
      result.artifacts_note = fmt::format("cannot be kept: {}", error.what());
    }
  }
}

}  // namespace roundtrip
