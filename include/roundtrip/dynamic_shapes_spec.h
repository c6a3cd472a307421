#pragma once

#include <roundtrip/dynamic_shapes.h>

#include <map>
#include <string>
#include <vector>

namespace roundtrip {

/// What is dynamic in a model's inputs, as plain data that can be kept in a file:
/// `DynamicShapesSpec` of Python's `torch._export.serde.dynamic_shapes`.
struct DynamicShapesSpec {
  /// A named dimension, and the expressions derived from it, such as `2*dx + 1`.
  struct RootDim {
    std::int64_t min = 0;
    std::optional<std::int64_t> max;
    std::vector<std::string> derived;
  };

  /// Nested as the inputs are, with a list of dimensions for each tensor: a string for a
  /// dynamic one (`dx`, `2*dx + 1`, `_DimHint.AUTO`), an integer for a size. None for
  /// inputs that are no tensors; None as a whole if nothing was said of any input.
  Value dynamic_shapes;
  std::map<std::string, RootDim> dims;

  /// As Python's `repr` spells it.
  std::string str() const;
  /// The same as a dict of dicts, lists, strings and numbers.
  Value to_dict() const;
  /// Reads what `to_dict` gives. Throws `CaptureError` for anything else.
  static DynamicShapesSpec from_dict(const Value& dict);
};

/// What `shapes` says of these inputs: Python's `_dump_dynamic_shapes`. Specs given by name
/// are matched to the arguments in order. Throws `CaptureError` where they do not fit, and
/// for bounds of a hint, which the form cannot hold.
DynamicShapesSpec dump_dynamic_shapes(const DynamicShapes& shapes, const Values& args,
                                      const Kwargs& kwargs = {});

/// The dynamic shapes, one spec for each argument: Python's `_load_dynamic_shapes`. Throws
/// `CaptureError` for a dimension that `dims` does not have, and for derived expressions
/// that are not linear in their dimension.
DynamicShapes load_dynamic_shapes(const DynamicShapesSpec& spec);

/// `shapes` with the changes that the message of a failed export suggests ("Suggested
/// fixes:"). Throws `CaptureError` for a message without suggestions, and for one that
/// speaks of other dimensions.
DynamicShapes refine_dynamic_shapes_from_suggested_fixes(const std::string& message,
                                                         const DynamicShapes& shapes);

}  // namespace roundtrip
