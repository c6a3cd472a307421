#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// What the configuration's entries whose filters select tests say of one: its marks, whether it
/// is skipped, its settings, groups and environment, its quarantine.
class TestEntries {
 public:
  /// Borrows both.
  TestEntries(const Config& config, const PlanRequest& request)
      : config_(config), request_(request) {}

  /// `test` is derived, with the marks of its suite; it needs `threads` at least.
  void apply(const TransformConfig& transform, const RunConfig& run, std::int64_t threads,
             PlannedTest& test) const;

 private:
  void add_marks(PlannedTest& test) const;
  void apply_skips(PlannedTest& test) const;
  void apply_settings(const RunConfig& run, std::int64_t threads, PlannedTest& test) const;
  void apply_overrides(const std::vector<Override>& overrides, const FilterSubject& subject,
                       PlannedTest& test) const;
  void add_group(const std::string& name, PlannedTest& test) const;
  std::optional<Quarantine> quarantine_of(const PlannedTest& test) const;

  const Config& config_;
  const PlanRequest& request_;
};

/// The mark that an entry of `xfail` gives.
XfailMark mark_of(const XfailEntry& entry);

}  // namespace roundtrip
