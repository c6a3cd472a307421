#include "runner/history/journal.h"

#include <roundtrip/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

constexpr const char* kOver = "{\"over\":true}\n";

}  // namespace

JournalReporter::JournalReporter(const std::filesystem::path& file, bool goes_on)
    : file_(nullptr, &std::fclose) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  file_.reset(std::fopen(file.c_str(), "ae"));  // not for the workers: it holds the lock
  if (!file_) throw Error(file.string() + ": cannot be written: " + std::strerror(errno));
  if (::flock(::fileno(file_.get()), LOCK_EX | LOCK_NB) != 0) {
    throw Error(file.string() + ": another run of this configuration is writing it");
  }
  if (!goes_on && ::ftruncate(::fileno(file_.get()), 0) != 0) {
    throw Error(file.string() + ": cannot be emptied: " + std::strerror(errno));
  }
  if (goes_on) write("\n");  // the last line may have been cut off
}

void JournalReporter::write(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), file_.get());
  std::fflush(file_.get());  // a full disk costs the journal, not the run
}

void JournalReporter::test_finished(const TestResult& result) {
  write(to_line(result_json(result)));
}

void JournalReporter::run_finished(const RunResults& results) {
  if (results.tests.size() == results.planned) write(kOver);
}

std::optional<TestResult> Journal::result_of(const PlannedTest& test) const {
  const auto record = records.find(test.id());
  if (record == records.end()) return std::nullopt;
  try {
    TestResult result = result_from_json(nlohmann::json::parse(record->second), test);
    result.is_resumed = true;
    return result;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Journal read_journal(const std::filesystem::path& file) {
  Journal journal;
  std::ifstream stream(file);
  journal.exists = stream.is_open();
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    if (json.contains("over")) journal.is_complete = true;
    const auto id = json.find("id");
    if (id != json.end() && id->is_string()) journal.records[id->get<std::string>()] = line;
  }
  return journal;
}

}  // namespace roundtrip
