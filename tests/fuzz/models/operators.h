#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "random.h"

/// The operators that models are made of.

namespace roundtrip::fuzz {

/// Any of the dispatcher's on plain tensors of the CPU, without data-dependent sizes and without
/// chance; the more common ones more often.
c10::OperatorHandle pick_operator(Random& random);

/// One whose results are views of its first argument, wherever they can be.
c10::OperatorHandle pick_view(Random& random);

/// One that writes to its first argument.
c10::OperatorHandle pick_write(Random& random);

}  // namespace roundtrip::fuzz
