#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runner/plan/facts.h"
#include "runner/plan/plan.h"

namespace roundtrip {

/// Part `index` of `total` of a plan, counted from 1.
struct Shard {
  std::size_t index = 1;
  std::size_t total = 1;
  /// What asked for it: `--shard`, or the variables and whose they are. Empty when nothing did.
  std::string source{};

  bool is_part() const { return total > 1; }
};

/// "2 of 5, by --shard".
std::string shard_text(const Shard& shard);

/// The part of a plan that a run has, and by what the parts of one plan know each other.
struct PlanPart {
  Shard shard;
  std::size_t tests = 0;    ///< of the whole plan
  std::string fingerprint;  ///< of their names
  RunFacts facts{};         ///< of the runs that the plan is of
  /// All runs of the configuration: others may have plans of their own.
  std::vector<std::string> runs{};
  std::string configuration{};  ///< its fingerprint
  /// The options that chose the plan among the tests of its runs; empty when it has all.
  std::string selection{};
  /// Whether a later run by the same options has the same tests, but for those that come and go
  /// in the configuration: not where earlier results chose them.
  bool is_lasting = true;
};

/// What a shard of this plan, each of whose tests is run `times` times, is part of; without the
/// facts of its runs and configuration.
PlanPart part_of(const std::vector<PlannedTest>& plan, const Shard& shard, std::size_t times);

/// The fingerprint of two plans together.
std::string joined_fingerprint(const std::string& first, const std::string& second);

/// The value of an environment variable; null when it is not set.
using GetVariable = std::function<const char*(const char*)>;

/// What `--shard` takes when the whole plan is to be run, whatever the environment says.
inline constexpr const char* kNoShard = "none";

/// The shard that the command line gives ("2/5", or "none"), or else the environment: Bazel's,
/// GoogleTest's, GitLab's, Slurm's and Kubernetes' variables, in this order. Nothing when
/// none does. Throws std::invalid_argument saying what is wrong with which of them.
std::optional<Shard> find_shard(const std::optional<std::string>& given, const GetVariable& get);

/// The tests of the shard, in the order of the plan. Every test is in one shard, which its
/// name alone decides.
std::vector<PlannedTest> shard_by_name(std::vector<PlannedTest> plan, const Shard& shard);

/// The same, such that the shards take the same time: `seconds_of` says how long a test took.
/// All shards must be made with the same times.
std::vector<PlannedTest> shard_by_time(std::vector<PlannedTest> plan, const Shard& shard,
                                       const std::function<double(const PlannedTest&)>& seconds_of);

}  // namespace roundtrip
