#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/inputs/spec_text.h"
#include "export/capture/inputs/spec_tree.h"

namespace roundtrip {

ShapesCollection& ShapesCollection::set(const at::Tensor& tensor, ShapeSpec spec) {
  for (const auto& [known, known_spec] : specs_) {
    if (!known.is_same(tensor)) continue;
    if (spec_text(known_spec) == spec_text(spec)) return *this;
    throw CaptureError("Shapes assigned to input do not match: expected " + spec_text(known_spec) +
                       ", got " + spec_text(spec));
  }
  specs_.emplace_back(tensor, std::move(spec));
  return *this;
}

DynamicShapes ShapesCollection::dynamic_shapes(const Module& module, const Values& args,
                                               const Kwargs& kwargs) const {
  std::vector<bool> found(specs_.size());
  auto leaf_spec = [&](const Value& leaf) -> ShapeSpec {
    if (!leaf.is_tensor()) return {};
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (!specs_[i].first.is_same(leaf.tensor())) continue;
      found[i] = true;
      return specs_[i].second;
    }
    return {};
  };
  DynamicShapes::ByName shapes;
  for (const CallArgument& argument : combine_arguments(module, args, kwargs)) {
    shapes.emplace_back(argument.name, map_leaves(*argument.value, leaf_spec));
  }
  if (std::find(found.begin(), found.end(), false) == found.end()) return shapes;
  throw CaptureError(
      "Some tensors that were assigned shapes were not found in args. Maybe such tensors were "
      "copied when passing them as args? Maybe such tensors are contained in classes that were "
      "not registered with pytree?");
}

}  // namespace roundtrip
