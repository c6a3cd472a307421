#pragma once

#include <roundtrip/graph.h>

#include <optional>
#include <string>

namespace roundtrip {

/// `f32` for Float: how shapes are annotated.
std::string dtype_abbreviation(c10::ScalarType dtype);

/// The argument in Python's spelling, for alternatives that are no container and
/// name no value of the graph; nothing for the others.
std::optional<std::string> literal_of(const Argument& argument);

}  // namespace roundtrip
