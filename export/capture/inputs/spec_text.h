#pragma once

#include <roundtrip/dynamic_shapes.h>

#include <string>

namespace roundtrip {

/// As Python's `repr` spells what a user gave, for messages.
std::string spec_text(std::optional<std::int64_t> bound);
std::string spec_text(const Dim& dim);
std::string spec_text(const ShapeSpec& spec);

/// `Dim('dx', min=2, max=8)`: a definition of a named or derived dimension.
std::string dim_definition(const std::string& name, std::optional<std::int64_t> min,
                           std::optional<std::int64_t> max);

/// A leaf of the inputs, a tensor by its sizes: `1.5`, `'a'`, `(2, 3)`.
std::string value_text(const Value& value);

/// Items in Python's brackets: `(a,)`, `[a, b]`.
std::string tuple_text(const std::vector<std::string>& items);
std::string list_text(const std::vector<std::string>& items);

/// `<class 'list'>` for `builtins.list`.
std::string class_text(const std::string& type);

}  // namespace roundtrip
