#pragma once

#include <roundtrip/control_flow.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

struct VmapOptions {
  /// Along which dimension the tensors of each argument are mapped; none for an argument
  /// that is the same in every call. Left out: along the first, all of them.
  std::vector<std::optional<std::int64_t>> in_dims{};
  /// Where the results have the new dimension.
  std::int64_t out_dim = 0;
  /// What random operators do: "error", or draw the "same" or "different" numbers for each
  /// slice.
  std::string randomness = "error";
};

namespace detail {
Value vmap(const GraphFunction& function, const Values& args, const VmapOptions& options);
}  // namespace detail

/// `function(slices...)` for all slices of the arguments at once, results stacked: Python's
/// `torch.vmap`. Calls the function once, with tensors that hide the mapped dimension, so
/// it must not branch on data. Arguments and results are trees of tensors.
///
/// While a model is exported it records what Python does: the operators that the function
/// calls, between those that hide the dimension and show it again. Throws `InputError` for
/// arguments whose mapped sizes differ or that have none.
template <typename F>
detail::ResultOf<F> vmap(F function, const Values& args, const VmapOptions& options = {}) {
  return Convert<detail::ResultOf<F>>::from_value(
      detail::vmap(detail::graph_function(std::move(function)), args, options));
}

}  // namespace roundtrip
