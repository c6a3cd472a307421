#pragma once

#include <torch/csrc/jit/api/module.h>
#include "export/torchscript/graphs/jit.h"

namespace roundtrip {

/// Demands that every attribute of the model's objects is of the type that its class
/// declares, down to the items of containers. LibTorch fills attributes from a file
/// unseen, and reads those of an object by their number in the declared class. Throws
/// `ArchiveError` that names the attribute.
void check_attributes(const jit::Module& model);

}  // namespace roundtrip
