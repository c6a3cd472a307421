#pragma once

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

/// What the rules of views have in common.
namespace roundtrip::shapes {

inline const at::Tensor& self_of(const Call& call) {
  return call.tensor(std::size_t{0});
}

inline std::size_t dim_of(const Call& call, std::string_view name, const at::Tensor& self) {
  return wrap_dim(call.integer(name), static_cast<std::size_t>(self.dim()));
}

inline Shapes whole(const Call& call) {
  return {same_layout(self_of(call))};
}

/// Views of a part of one dimension, which have a file of their own.
RuleTable slice_rules();

}  // namespace roundtrip::shapes
