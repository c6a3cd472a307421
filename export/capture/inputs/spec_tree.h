#pragma once

#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/module.h>

#include <functional>
#include <string>
#include <vector>

namespace roundtrip {

/// One argument of a call, matched to forward's parameter.
struct CallArgument {
  std::string name;
  std::string source;    ///< Python's text for it: `L['x']`, unnamed `L['args'][0]`
  std::size_t position;  ///< in the call, keyword arguments after positional ones
  const Value* value;    ///< borrowed from the call
};

/// The arguments in the order of forward's parameters.
std::vector<CallArgument> combine_arguments(const Module& module, const Values& args,
                                            const Kwargs& kwargs);

/// A leaf of the inputs and what was asked of it.
struct SpecLeaf {
  const Value* value;  ///< borrowed from the call
  ShapeSpec spec;
  std::string path;    ///< `['x'][0]`
  std::string source;  ///< `L['x'][0]`
  std::size_t argument;
};

/// The leaves of the arguments in their order, each with its part of `shapes`.
/// Throws `CaptureError` where inputs and specs differ in structure.
std::vector<SpecLeaf> match_leaves(const std::vector<CallArgument>& arguments,
                                   const DynamicShapes& shapes);

/// A spec for each leaf of an input, in a spec of the input's structure.
ShapeSpec map_leaves(const Value& input, const std::function<ShapeSpec(const Value&)>& leaf_spec);

/// A spec seen as a container of specs: by dimension it is a dict, all dimensions a tuple.
/// Its type is empty for None and for a single dimension.
ShapeSpec::Items as_items(const ShapeSpec& spec);

}  // namespace roundtrip
