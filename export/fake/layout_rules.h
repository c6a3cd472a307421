#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <optional>
#include <vector>

#include "export/fake/fake_tensor.h"

namespace roundtrip {

using LayoutRule =
    std::optional<std::vector<TensorLayout>> (*)(c10::ArrayRef<c10::IValue> arguments);

/// What a kernel of the CPU gives that has no sibling for the meta device: one layout for each
/// result, of new tensors or of what arguments that it writes to become. Nothing for arguments that
/// it does not judge; sizes that do not fit each other are for the kernel to refuse. Null if there
/// is no rule.
LayoutRule find_layout_rule(const c10::OperatorHandle& op);

}  // namespace roundtrip
