#pragma once

#include "export/torchscript/size_calls.h"

namespace roundtrip::size_numbers {

/// `int(n)`, `floor(n)` and `ceil(n)` of numbers that dynamic sizes decide.
Result to_integer(const Call& call);
Result floor_number(const Call& call);
Result ceil_number(const Call& call);

}  // namespace roundtrip::size_numbers
