#pragma once

#include <c10/core/SymInt.h>

#include <cstdint>
#include <optional>

/// What Meta kernels of custom operators may say beside shapes.
///
/// A program needs to know of which sizes an operator's results are, whatever is in its
/// tensors. Of an operator that a library registers with `TORCH_LIBRARY` its Meta kernel
/// says so, or its composite one: it is run on tensors that have sizes and no data, and
/// sizes that are dynamic are symbols (`x.sym_size(0)`). An operator that has neither is a
/// `CaptureError`: the sizes that it gave in one run say nothing of another.
///
///     Tensor rows_above_meta(const Tensor& x, double threshold) {
///       return x.new_empty_symint({roundtrip::new_dynamic_size(), x.sym_size(1)});
///     }
///     TORCH_LIBRARY_IMPL(mylib, Meta, library) { library.impl("rows_above", rows_above_meta); }
namespace roundtrip {

/// A new symbol for a size, or for an integer that the operator returns, which only the
/// data in its tensors decides; it lies between `min`, which is not negative, and `max`. It
/// has to be a size or a number of the results, alone or times a constant. Python's
/// `torch.library.get_ctx().new_dynamic_size()`. Throws `Error` outside of a Meta or composite
/// kernel that a capture runs.
c10::SymInt new_dynamic_size(std::int64_t min = 0, std::optional<std::int64_t> max = std::nullopt);

}  // namespace roundtrip
