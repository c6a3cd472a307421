#pragma once

#include "export/shapes/rules/rules.h"
#include "export/shapes/shapes.h"

namespace roundtrip::shapes {

/// What sizes are in this run. Never adds a guard.
class ThisRun {
 public:
  explicit ThisRun(ValueInThisRun value) : value_(value) {}

  std::int64_t value(const c10::SymInt& size) const { return value_(size); }
  bool agree(c10::SymIntArrayRef sizes, at::IntArrayRef real) const;

 private:
  ValueInThisRun value_;
};

/// The layout of a result whose sizes (and, for views, strides and offset) a rule gave:
/// checked against the real result, with the strides of new memory in the order of the
/// real one's. Nothing if they disagree.
std::optional<SymbolicLayout> result_layout(const Shape& shape, const at::Tensor& real,
                                            const ThisRun& run);

}  // namespace roundtrip::shapes
