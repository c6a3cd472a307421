#include "runner/plan/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <stdexcept>

namespace roundtrip {

namespace {

std::size_t whole_number(const std::string& name, const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw std::invalid_argument(fmt::format("{} must be a whole number, not '{}'", name, text));
}

Shard checked(const std::string& where, std::size_t index, std::size_t total) {
  if (index >= 1 && index <= total) return {index, total};
  throw std::invalid_argument(fmt::format("{} asks for shard {} of {}", where, index, total));
}

Shard parse_shard(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    throw std::invalid_argument("--shard takes I/N, such as 2/5, not '" + text + "'");
  }
  return checked("--shard", whole_number("--shard", text.substr(0, slash)),
                 whole_number("--shard", text.substr(slash + 1)));
}

/// Reads the variables of continuous integration systems.
class Variables {
 public:
  explicit Variables(const GetVariable& get) : get_(get) {}

  std::optional<std::size_t> number(const char* name) const {
    const char* text = get_(name);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return whole_number(name, text);
  }

  /// Of a system that counts from `first`.
  std::optional<Shard> pair(const char* index_name, const char* total_name,
                            std::size_t first) const {
    const auto index = number(index_name);
    const auto total = number(total_name);
    if (!index || !total) return std::nullopt;
    return checked(index_name, *index + 1 - first, *total);
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
                            (!max || (*max - *min) / step + 1 == *count);
    if (!is_regular) {
      throw std::invalid_argument(
          "the tasks of this Slurm array have no regular numbers, so they tell no shard; use "
          "--array=MIN-MAX or MIN-MAX:STEP, or give --shard");
    }
    return checked("SLURM_ARRAY_TASK_ID", (*id - *min) / step + 1, *count);
  }

 private:
  const GetVariable& get_;
};

/// FNV-1a: the same everywhere, for ever.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::vector<PlannedTest> keep(std::vector<PlannedTest> plan, const std::vector<bool>& is_kept) {
  std::vector<PlannedTest> kept;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (is_kept[i]) kept.push_back(std::move(plan[i]));
  }
  return kept;
}

}  // namespace

std::optional<Shard> find_shard(const std::optional<std::string>& given, const GetVariable& get) {
  if (given) return parse_shard(*given);
  const Variables variables(get);
  if (auto shard = variables.pair("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0)) return shard;
  if (auto shard = variables.pair("GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0)) return shard;
  if (auto shard = variables.pair("CI_NODE_INDEX", "CI_NODE_TOTAL", 1)) return shard;
  if (auto shard = variables.slurm()) return shard;
  return variables.pair("JOB_COMPLETION_INDEX", "ROUNDTRIP_TOTAL_SHARDS", 0);
}

PlanPart part_of(const std::vector<PlannedTest>& plan, const Shard& shard, std::size_t times) {
  std::uint64_t fingerprint = 0;
  for (const auto& test : plan) fingerprint += hash_of(test.id());  // in any order
  return {shard, plan.size() * times, fmt::format("{:016x}", fingerprint)};
}

std::vector<PlannedTest> shard_by_name(std::vector<PlannedTest> plan, const Shard& shard) {
  std::erase_if(plan, [&](const PlannedTest& test) {
    return hash_of(test.id()) % shard.total != shard.index - 1;
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
  // The longest first, each to the shard that has least to do.
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
