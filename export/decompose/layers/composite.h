#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string>

namespace roundtrip {

/// True for an operator that LibTorch defines by other operators, with a kernel that
/// serves every backend and autograd.
bool is_composite(const c10::OperatorHandle& op);

/// Why an operator must not be kept whole, as the end of a sentence; none if it may be.
std::optional<std::string> reason_to_take_apart(const c10::OperatorHandle& op);

/// True for a composite operator that may be kept whole: it never writes to its
/// arguments, and its result is never one of them or a view.
bool can_stay_whole(const c10::OperatorHandle& op);

}  // namespace roundtrip
