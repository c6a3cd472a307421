#include "runner/history/journal.h"

#include <roundtrip/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "runner/report/test_json.h"

namespace roundtrip {

JournalReporter::JournalReporter(const std::filesystem::path& file,
                                 const std::vector<PlannedTest>& plan, const RunFacts& facts,
                                 const Journal* earlier)
    : file_(nullptr, &std::fclose) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  file_.reset(std::fopen(file.c_str(), "ae"));  // not for the workers: it holds the lock
  if (!file_) throw Error(file.string() + ": cannot be written: " + std::strerror(errno));
  if (::flock(::fileno(file_.get()), LOCK_EX | LOCK_NB) != 0) {
    throw Error(file.string() + ": another run of this configuration is writing it");
  }
  if (earlier == nullptr && ::ftruncate(::fileno(file_.get()), 0) != 0) {
    throw Error(file.string() + ": cannot be emptied: " + std::strerror(errno));
  }
  if (earlier != nullptr) write("\n");  // the last line may have been cut off
  write_plan(plan, facts, earlier != nullptr ? *earlier : Journal{});
}

void JournalReporter::write_plan(const std::vector<PlannedTest>& plan, const RunFacts& facts,
                                 const Journal& earlier) {
  JsonList ids;
  for (const auto& test : plan) {
    if (earlier.planned.count(test.id()) == 0) ids.push_back(test.id());
  }
  write(to_line({{"planned", std::move(ids)}, {"facts", facts}}));
}

void JournalReporter::write(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), file_.get());
  std::fflush(file_.get());  // a full disk costs the journal, not the run
}

void JournalReporter::test_finished(const TestResult& result) {
  write(to_line(result_json(result)));
}

namespace {

void take_plan(const nlohmann::json& plan, Journal& journal) {
  try {
    journal.planned.merge(plan.at("planned").get<std::set<std::string>>());
    journal.facts.merge(plan.at("facts").get<RunFacts>());
  } catch (const nlohmann::json::exception&) {  // not of our writing
  }
}

void take_line(const nlohmann::json& json, const std::string& line, Journal& journal) {
  if (json.contains("planned")) return take_plan(json, journal);
  const auto id = json.find("id");
  if (id != json.end() && id->is_string()) journal.records[id->get<std::string>()] = line;
}

}  // namespace

bool Journal::is_complete() const {
  return std::all_of(planned.begin(), planned.end(),
                     [&](const auto& id) { return records.count(id) > 0; });
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
    if (json.is_object()) take_line(json, line, journal);
  }
  return journal;
}

}  // namespace roundtrip
