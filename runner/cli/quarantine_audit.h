#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runner/cli/session.h"

namespace roundtrip {

/// An entry of `quarantine:` with what is known of its tests.
struct AuditedQuarantine {
  const QuarantineEntry* entry = nullptr;
  std::size_t tests = 0;
  /// Of those of its tests that the history knows.
  std::vector<Steadiness> steadiness;
  /// Why it should be removed; empty if it should stay.
  std::string fault;
};

/// Every entry of the configuration, on this day.
std::vector<AuditedQuarantine> audit_quarantine(const Session& session, const std::string& day);

/// What a person reads; nothing when there is no entry.
std::string quarantine_text(const std::vector<AuditedQuarantine>& entries);

nlohmann::ordered_json quarantine_json(const std::vector<AuditedQuarantine>& entries);

}  // namespace roundtrip
