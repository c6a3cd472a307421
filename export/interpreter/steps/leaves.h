#pragma once

#include <ATen/core/ivalue.h>
#include <roundtrip/value.h>

namespace roundtrip {

/// A leaf as a graph's input. A container becomes None.
c10::IValue box_leaf(const Value& value);
/// A value of the graph as the caller gets it.
Value output_value(const c10::IValue& value);

}  // namespace roundtrip
