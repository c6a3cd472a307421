#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <span>
#include <string_view>
#include <vector>

#include "export/shapes/rules/call.h"

namespace roundtrip::shapes {

/// What a rule says of one result. A rule that leaves strides out speaks of memory that
/// the operator makes: they follow this run's, or are contiguous if there is none.
struct Shape {
  Sizes sizes;
  std::optional<Sizes> strides;
  c10::SymInt offset = 0;
  std::optional<at::ScalarType> dtype;  ///< the first input's if left out
  bool defined = true;
};
using Shapes = std::vector<Shape>;

/// Layouts of a call's results, one for each tensor, lists flattened.
using Rule = Shapes (*)(const Call&);

struct NamedRule {
  /// With the overload, or for all of them; of LibTorch's own without `aten::`.
  std::string_view name;
  Rule rule;
};
using RuleTable = std::span<const NamedRule>;

// One table a family.
RuleTable attention_rules();
RuleTable collective_rules();
RuleTable convolution_rules();
RuleTable factory_rules();
RuleTable indexing_rules();
RuleTable joining_rules();
RuleTable linalg_rules();
RuleTable loss_rules();
RuleTable matmul_rules();
RuleTable normalization_rules();
RuleTable pointwise_rules();
RuleTable pooling_rules();
RuleTable recurrent_rules();
RuleTable reduction_rules();
RuleTable resampling_rules();
RuleTable reshape_rules();
RuleTable signal_rules();
RuleTable sorting_rules();
RuleTable view_rules();

/// The rule for an operator, by its full name first, then by its name without the
/// overload. In-place operators and those with `out` have that of the functional one.
/// Null if there is none. Looked up once for each operator.
Rule find_rule(const c10::OperatorHandle& op);

/// True for an operator whose sizes this library knows by rules of its own.
bool is_of_libtorch(const c10::OperatorHandle& op);

/// The names that the tables have rules for.
std::vector<std::string_view> names_with_rules();

/// Sizes, strides and offset of a tensor, as a result that has the same.
Shape same_layout(const at::Tensor& tensor);
/// New memory with the tensor's sizes and, if known to be dense, its strides.
Shape like(const at::Tensor& tensor);
/// The result has the first input's sizes, whatever the other inputs are.
Shapes as_first(const Call& call);
Shape of_sizes(Sizes sizes, std::optional<at::ScalarType> dtype = std::nullopt);
inline Sizes sizes_of(const at::Tensor& tensor) {
  return tensor.sym_sizes().vec();
}

}  // namespace roundtrip::shapes
