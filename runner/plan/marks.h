#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// What is wrong with a mark by which a test is expected to fail.
struct MarkFault {
  std::string test;  ///< `Suite.test`, in original names
  XfailMark mark;
  std::string message;  ///< "has expired on 2027-01-31"

  /// "Suite.test, xfail property 'p': message", the sentence for a person.
  std::string text() const;
};

/// The marks that have expired on `day`, or whose expiry date is not a date.
std::vector<MarkFault> find_expired(const std::vector<PlannedTest>& plan, const std::string& day);

/// The quarantines that are over on `day`: their tests count again.
std::vector<const QuarantineEntry*> find_expired(const std::vector<QuarantineEntry>& entries,
                                                 const std::string& day);

/// What is wrong with an expired quarantine: "has expired on 2027-01-31: ...".
std::string expiry_text(const QuarantineEntry& entry);

/// The tests of the plan that an entry's filter selects.
std::vector<const PlannedTest*> tests_of(const QuarantineEntry& entry,
                                         const std::vector<PlannedTest>& plan);

/// How a planned test ended the last time, as reports spell it; empty when that is not known.
using LastOutcome = std::function<std::string(const PlannedTest&)>;

/// The marks that are no longer true: those that have expired, those of tests that passed the
/// last time, and those whose property no run of the plan has.
std::vector<MarkFault> audit_marks(const std::vector<PlannedTest>& plan, const std::string& day,
                                   const LastOutcome& last_outcome);

}  // namespace roundtrip
