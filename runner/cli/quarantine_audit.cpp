#include "runner/cli/quarantine_audit.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <iostream>

#include "runner/plan/marks.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

/// After this many good runs a test counts as steady.
constexpr std::size_t kProof = 20;

/// By id; empty without a readable history.
std::map<std::string, Steadiness> known_steadiness(const Session& session) {
  std::map<std::string, Steadiness> known;
  if (session.history_folder.empty()) return known;
  try {
    const auto store = HistoryStore::open(history_file(session.history_folder));
    if (!store) return known;
    for (auto& test : store->steadiness()) known[test.id] = test;
  } catch (const Error&) {
    // The session has said so when it was opened.
  }
  return known;
}

bool is_steady(const AuditedQuarantine& audited) {
  return !audited.steadiness.empty() && audited.steadiness.size() == audited.tests &&
         std::all_of(audited.steadiness.begin(), audited.steadiness.end(),
                     [](const auto& test) { return test.runs >= kProof && test.unsteady == 0; });
}

std::string fault_of(const AuditedQuarantine& audited, bool is_unused, const std::string& day) {
  if (audited.entry->expires.text <= day) return expiry_text(*audited.entry);
  if (is_unused) return "'" + audited.entry->filter.text() + "' selects no test";
  if (is_steady(audited)) {
    return fmt::format("'{}': each of its tests was steady in {} runs or more; take it out",
                       audited.entry->filter.text(), kProof);
  }
  return "";
}

}  // namespace

std::vector<AuditedQuarantine> audit_quarantine(const Session& session, const std::string& day) {
  std::vector<AuditedQuarantine> entries;
  if (session.config->quarantine.empty()) return entries;
  const auto known = known_steadiness(session);
  for (const auto& entry : session.config->quarantine) {
    AuditedQuarantine audited{&entry, 0, {}, ""};
    for (const auto* test : tests_of(entry, session.plan)) {
      audited.tests += 1;
      const auto found = known.find(test->base_id());
      if (found != known.end()) audited.steadiness.push_back(found->second);
    }
    const bool is_unused =
        std::any_of(session.unused_quarantines.begin(), session.unused_quarantines.end(),
                    [&](const auto& filter) { return filter.text == entry.filter.text(); });
    audited.fault = fault_of(audited, is_unused, day);
    entries.push_back(std::move(audited));
  }
  return entries;
}

std::string quarantine_text(const std::vector<AuditedQuarantine>& entries) {
  std::string text = entries.empty() ? "" : "In quarantine\n";
  for (const auto& audited : entries) {
    const QuarantineEntry& entry = *audited.entry;
    text += fmt::format("  {}  ({} test{}) until {}: {}{}\n", entry.filter.text(), audited.tests,
                        audited.tests == 1 ? "" : "s", entry.expires.text, entry.reason,
                        entry.issue.empty() ? "" : " " + entry.issue);
    for (const auto& test : audited.steadiness) {
      text += fmt::format("    {}  unsteady in {} of {} runs\n", test.id, test.unsteady, test.runs);
    }
  }
  return text;
}

nlohmann::ordered_json quarantine_json(const std::vector<AuditedQuarantine>& entries) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& audited : entries) {
    auto tests = nlohmann::ordered_json::array();
    for (const auto& test : audited.steadiness) {
      tests.push_back({{"id", test.id}, {"runs", test.runs}, {"unsteady", test.unsteady}});
    }
    list.push_back({{"filter", audited.entry->filter.text()},
                    {"reason", audited.entry->reason},
                    {"issue", text_or_null(audited.entry->issue)},
                    {"expires", audited.entry->expires.text},
                    {"tests", audited.tests},
                    {"steadiness", std::move(tests)},
                    {"fault", text_or_null(audited.fault)}});
  }
  return list;
}

}  // namespace roundtrip
