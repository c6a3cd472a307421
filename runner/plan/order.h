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

/// An order that the seed decides, the same on every machine.
void shuffle(Order& order, std::uint64_t seed);

/// Those first that took longest, so that none starts when all others are over; those of
/// unknown time before all, in their order.
void longest_first(Order& order,
                   const std::function<std::optional<double>(std::size_t)>& seconds_of);

/// Those first for which `is_first` holds; the order within both parts is kept.
void put_first(Order& order, const std::function<bool(std::size_t)>& is_first);

}  // namespace roundtrip
