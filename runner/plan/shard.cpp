#include "runner/plan/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "runner/text/stable_hash.h"

namespace roundtrip {

namespace {

std::size_t whole_number(const std::string& name, const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw std::invalid_argument(fmt::format("{} must be a whole number, not '{}'", name, text));
}

Shard parse_shard(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    throw std::invalid_argument("--shard takes I/N, such as 2/5, or none, not '" + text + "'");
  }
  const std::size_t index = whole_number("--shard", text.substr(0, slash));
  const std::size_t total = whole_number("--shard", text.substr(slash + 1));
  if (index >= 1 && index <= total) return {index, total, "--shard"};
  throw std::invalid_argument(fmt::format("--shard asks for shard {} of {}", index, total));
}

/// The variables of a system that numbers its shards.
struct Pair {
  const char* system;
  const char* index;
  const char* total;
  std::size_t first;  ///< the number of the first shard
};

constexpr Pair kBazel{"Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0};
constexpr Pair kGoogleTest{"GoogleTest", "GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0};
constexpr Pair kGitlab{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1};
constexpr Pair kKubernetes{"Kubernetes", "JOB_COMPLETION_INDEX", "ROUNDTRIP_TOTAL_SHARDS", 0};

/// Reads the variables of continuous integration systems.
class Variables {
 public:
  explicit Variables(const GetVariable& get) : get_(get) {}

  std::optional<std::size_t> number(const char* name) const {
    const char* text = get_(name);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return whole_number(name, text);
  }

  std::optional<Shard> pair(const Pair& names) const {
    const auto index = number(names.index);
    const auto total = number(names.total);
    if (!index || !total) return std::nullopt;
    if (*index < names.first || *index - names.first >= *total) {
      throw std::invalid_argument(fmt::format("{} is {} and {} is {}: {} counts its shards from {}",
                                              names.index, *index, names.total, *total,
                                              names.system, names.first));
    }
    return Shard{*index + 1 - names.first, *total,
                 fmt::format("{} and {} ({})", names.index, names.total, names.system)};
  }

  /// An array of tasks; its numbers may start anywhere and have steps.
  std::optional<Shard> slurm() const {
    const auto id = number("SLURM_ARRAY_TASK_ID");
    const auto count = number("SLURM_ARRAY_TASK_COUNT");
    const auto min = number("SLURM_ARRAY_TASK_MIN");
    const auto max = number("SLURM_ARRAY_TASK_MAX");
    if (!id || !count || !min) return std::nullopt;
    const std::size_t step = number("SLURM_ARRAY_TASK_STEP").value_or(1);
    const bool is_regular = step > 0 && *id >= *min && (*id - *min) % step == 0 &&
                            (*id - *min) / step < *count &&
                            (!max || (*max - *min) / step + 1 == *count);
    if (!is_regular) {
      throw std::invalid_argument(
          "the tasks of this Slurm array have no regular numbers, so they tell no shard; use "
          "--array=MIN-MAX or MIN-MAX:STEP, or give --shard");
    }
    return Shard{(*id - *min) / step + 1, *count, "SLURM_ARRAY_TASK_ID (Slurm)"};
  }

 private:
  const GetVariable& get_;
};

std::vector<PlannedTest> keep(std::vector<PlannedTest> plan, const std::vector<bool>& is_kept) {
  std::vector<PlannedTest> kept;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (is_kept[i]) kept.push_back(std::move(plan[i]));
  }
  return kept;
}

}  // namespace

std::optional<Shard> find_shard(const std::optional<std::string>& given, const GetVariable& get) {
  if (given == kNoShard) return std::nullopt;
  if (given) return parse_shard(*given);
  const Variables variables(get);
  for (const Pair& names : {kBazel, kGoogleTest, kGitlab}) {
    if (auto shard = variables.pair(names)) return shard;
  }
  if (auto shard = variables.slurm()) return shard;
  return variables.pair(kKubernetes);
}

std::string shard_text(const Shard& shard) {
  const std::string source = shard.source.empty() ? "" : ", by " + shard.source;
  return fmt::format("{} of {}{}", shard.index, shard.total, source);
}

PlanPart part_of(const std::vector<PlannedTest>& plan, const Shard& shard, std::size_t times) {
  std::uint64_t fingerprint = 0;
  for (const auto& test : plan) fingerprint += stable_hash(test.id());  // in any order
  return {shard, plan.size() * times, fmt::format("{:016x}", fingerprint)};
}

/// A fingerprint is a sum over the tests.
std::string joined_fingerprint(const std::string& first, const std::string& second) {
  constexpr int kHexadecimal = 16;
  return fmt::format("{:016x}", std::strtoull(first.c_str(), nullptr, kHexadecimal) +
                                    std::strtoull(second.c_str(), nullptr, kHexadecimal));
}

std::vector<PlannedTest> shard_by_name(std::vector<PlannedTest> plan, const Shard& shard) {
  std::erase_if(plan, [&](const PlannedTest& test) {
    return stable_hash(test.id()) % shard.total != shard.index - 1;
  });
  return plan;
}

std::vector<PlannedTest> shard_by_time(
    std::vector<PlannedTest> plan, const Shard& shard,
    const std::function<double(const PlannedTest&)>& seconds_of) {
  std::vector<double> seconds;
  for (const auto& test : plan) seconds.push_back(seconds_of(test));
  std::vector<std::size_t> order(plan.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return seconds[a] > seconds[b]; });
  // The longest first, each to the shard with the least work.
  std::vector<double> load(shard.total, 0.0);
  std::vector<bool> is_kept(plan.size());
  for (const std::size_t i : order) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += seconds[i];
    is_kept[i] = static_cast<std::size_t>(least - load.begin()) == shard.index - 1;
  }
  return keep(std::move(plan), is_kept);
}

}  // namespace roundtrip
