#pragma once

#include "export/shapes/rules/call.h"

/// Arithmetic of sizes, and the questions about them that Python's meta functions ask:
/// a question is a guard where Python's is one, and never throws for a size that data
/// decides where Python's does not.
namespace roundtrip::shapes {

c10::SymInt product(c10::SymIntArrayRef sizes);
/// The quotient rounded up, of a dividend that is not negative.
c10::SymInt ceil_divide(const c10::SymInt& a, const c10::SymInt& b);
/// Rounded towards minus infinity, plain numbers too.
c10::SymInt floor_divide(const c10::SymInt& a, const c10::SymInt& b);

/// Guards: size == 1, false if only data decides it.
bool is_one(const c10::SymInt& size);
/// No guard: true only if it holds for every value that the symbols may have.
bool known_equal(const c10::SymInt& a, const c10::SymInt& b);
bool known_equal(c10::SymIntArrayRef a, c10::SymIntArrayRef b);
/// Guards that they are the same; an assertion of the program if data decides it.
void check_equal(const c10::SymInt& a, const c10::SymInt& b, const char* what);
/// The same of all sizes of two tensors, and of how many there are.
void check_equal(c10::SymIntArrayRef a, c10::SymIntArrayRef b, const char* what);
/// Guards that a tensor of these sizes can be expanded to those.
void check_expands(c10::SymIntArrayRef sizes, c10::SymIntArrayRef to, const char* what);
/// Guards that a size is no larger than another.
void check_at_most(const c10::SymInt& size, const c10::SymInt& most, const char* what);
/// Guards that `repeats` has one number for all rows, or one for each.
void check_repeats(c10::SymIntArrayRef repeats, const c10::SymInt& rows);
/// Guards that an argument, if there is one, is a vector of that size.
void check_vector(const Call& call, std::string_view name, const c10::SymInt& size);

/// Where a slice's bound lies in a dimension, from 0 to its size; nothing if only data says
/// so.
std::optional<c10::SymInt> slice_bound(const c10::SymInt& size, const c10::SymInt& index);

/// Which elements of a dimension a slice takes.
struct SlicePart {
  c10::SymInt first;
  c10::SymInt length;
};
/// As Python's `slice_forward`; nothing if only data says where its bounds lie.
std::optional<SlicePart> slice_part(const c10::SymInt& size,
                                    const std::optional<c10::SymInt>& start,
                                    const std::optional<c10::SymInt>& end, const c10::SymInt& step);

/// True if any of them is decided by data.
/// Sizes of which nothing may be assumed: of data, or all in the mode of
/// `BackedSizeOblivious`.
bool has_unbacked(c10::SymIntArrayRef sizes);

/// Item `i` of a list that has one for each spatial dimension, or one for all.
const c10::SymInt& per_dim(const Sizes& list, std::size_t i);

/// A dimension's index from 0, of a tensor of `rank` dimensions.
std::size_t wrap_dim(std::int64_t dim, std::size_t rank);

/// As Python's fast path for binary operators broadcasts: from the last dimension on.
Sizes broadcast_pair(c10::SymIntArrayRef a, c10::SymIntArrayRef b);
/// As `torch._refs._broadcast_shapes`.
Sizes broadcast(const std::vector<Sizes>& shapes);

/// How many elements the diagonal has that lies `shift` right of the main one, left if negative.
c10::SymInt diagonal_length(const c10::SymInt& rows, const c10::SymInt& columns,
                            std::int64_t shift);

Sizes contiguous_strides(c10::SymIntArrayRef sizes);
/// Strides of dense memory whose dimensions follow each other in `order`, outermost first.
Sizes strides_in_order(c10::SymIntArrayRef sizes, c10::ArrayRef<std::size_t> order);
Sizes channels_last_strides(c10::SymIntArrayRef sizes);
/// Strides of a new tensor of these sizes that keeps the input's format: its own strides
/// if they are known to be dense, contiguous ones otherwise.
Sizes preserved_strides(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides);
/// Guards: `torch._prims_common.is_contiguous_or_false`.
bool is_contiguous_or_false(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides);

}  // namespace roundtrip::shapes
