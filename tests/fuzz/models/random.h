#pragma once

#include <cstdint>
#include <iterator>
#include <random>

namespace roundtrip::fuzz {

/// Draws that are the same in each run for the same seed, whatever the standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Both ends are included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool percent(std::int64_t chance) { return between(1, 100) <= chance; }
  template <typename Range>
  auto pick(const Range& range) {
    return range[static_cast<std::size_t>(
        between(0, static_cast<std::int64_t>(std::size(range)) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace roundtrip::fuzz
