#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace roundtrip {

/// The order in which the tests of a plan are run, as indexes into it.
using Order = std::vector<std::size_t>;

/// The plan's own order.
Order order_of_plan(std::size_t size);

/// Puts the tests into an order that depends on the seed alone, the same on every machine.
void shuffle(Order& order, std::uint64_t seed);

/// Puts the longest tests first, so that none of them starts when all others have ended; tests of
/// unknown duration come before all, in their order.
void longest_first(Order& order,
                   const std::function<std::optional<double>(std::size_t)>& seconds_of);

/// Puts those first for which `is_first` holds; keeps the order within both parts.
void put_first(Order& order, const std::function<bool(std::size_t)>& is_first);

}  // namespace roundtrip
