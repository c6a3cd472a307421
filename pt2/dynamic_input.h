#pragma once

#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/module.h>

#include <optional>
#include <string>
#include <vector>

namespace roundtrip::pt2 {

/// One `--dynamic`: `x:0=batch[1..64]`.
struct DynamicInput {
  std::string text;
  std::string input;                      ///< of the model's method
  std::vector<std::string> items;         ///< the way to a tensor in a list, tuple or dict: `xs.0`
  std::optional<std::int64_t> dimension;  ///< absent for an input that is a number
  Dim size = Dim::AUTO;
};

/// Reads the options; a name's bounds count wherever the name is used. Throws `UsageError`.
std::vector<DynamicInput> parse_dynamic(const std::vector<std::string>& texts);

/// The dynamic shapes of these inputs of the model. Throws `UsageError` for an input, item or
/// dimension that is not there, and for an example of a size outside of the bounds.
DynamicShapes dynamic_shapes(const std::vector<DynamicInput>& dynamic, const Module& model,
                             const Values& inputs);

}  // namespace roundtrip::pt2
