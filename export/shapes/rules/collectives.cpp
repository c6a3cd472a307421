#include <functional>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

/// Collectives of distributed programs: LibTorch has no Meta kernels for them in C++.
/// Source: torch/distributed/_functional_collectives.py.

namespace roundtrip::shapes {
namespace {

Shape with_first_size(const at::Tensor& tensor, c10::SymInt size) {
  Sizes sizes = sizes_of(tensor);
  sizes.at(0) = std::move(size);
  return of_sizes(std::move(sizes), tensor.scalar_type());
}

Shape contiguous_like(const at::Tensor& tensor) {
  return of_sizes(sizes_of(tensor), tensor.scalar_type());
}

Shapes for_each_input(const Call& call, const std::function<Shape(const at::Tensor&)>& shape) {
  Shapes shapes;
  for (const at::Tensor& tensor : call.inputs()) shapes.push_back(shape(tensor));
  return shapes;
}

Shapes same_sizes(const Call& call) {
  return for_each_input(call, contiguous_like);
}

Shapes written(const Call& call) {
  return for_each_input(call, same_layout);
}

Shapes gathered(const Call& call) {
  const std::int64_t group = call.integer("group_size");
  return for_each_input(call, [group](const at::Tensor& tensor) {
    return with_first_size(tensor, tensor.sym_size(0) * group);
  });
}

Shapes reduce_scattered(const Call& call) {
  const std::int64_t group = call.integer("group_size");
  return for_each_input(call, [group](const at::Tensor& tensor) {
    return with_first_size(tensor, tensor.sym_size(0) / group);
  });
}

/// The split sizes say how much each of the others sends.
Shapes exchanged(const Call& call) {
  c10::SymInt rows = 0;
  for (const c10::SymInt& size : call.sizes("output_split_sizes")) rows = rows + size;
  return {with_first_size(call.tensor(std::size_t{0}), rows)};
}

constexpr NamedRule kCollectiveRules[] = {
    {"_c10d_functional::all_reduce", same_sizes},
    {"_c10d_functional::all_reduce_", written},
    {"_c10d_functional::all_reduce_coalesced", same_sizes},
    {"_c10d_functional::all_reduce_coalesced_", written},
    {"_c10d_functional::broadcast", same_sizes},
    {"_c10d_functional::broadcast_", written},
    {"_c10d_functional::wait_tensor", written},
    {"_c10d_functional::all_gather_into_tensor", gathered},
    {"_c10d_functional::all_gather_into_tensor_coalesced", gathered},
    {"_c10d_functional::reduce_scatter_tensor", reduce_scattered},
    {"_c10d_functional::reduce_scatter_tensor_coalesced", reduce_scattered},
    {"_c10d_functional::all_to_all_single", exchanged},
};

}  // namespace

RuleTable collective_rules() {
  return kCollectiveRules;
}

}  // namespace roundtrip::shapes
