#pragma once

#include <roundtrip/value.h>

#include <string>
#include <vector>

namespace roundtrip {

/// The shape of a Value without its leaves: Python's `TreeSpec`. None is a leaf.
struct TreeSpec {
  /// Empty for a leaf; otherwise as in `Container`.
  std::string type;
  std::string context;
  Values keys;
  std::vector<TreeSpec> children;
  bool has_json_context = false;

  bool is_leaf() const { return type.empty(); }
  std::size_t num_leaves() const;
  /// As Python's `repr`: `TreeSpec(tuple, None, [*,\n  *])`.
  std::string str() const;
};

bool operator==(const TreeSpec& left, const TreeSpec& right);

/// Leaves in Python's order (depth first, dict entries in insertion order).
Values tree_flatten(const Value& tree, TreeSpec* spec = nullptr);

/// The inverse. Throws `ProgramError` when there are more or fewer leaves than
/// the spec has.
Value tree_unflatten(Values leaves, const TreeSpec& spec);

/// The pytree text of the file, protocol 1, byte for byte as Python writes it.
std::string treespec_dumps(const TreeSpec& spec);

/// Parses it. Imports and evaluates nothing: unknown types are kept by name.
/// Throws `ProgramError` with the position for text that is not a tree spec.
TreeSpec treespec_loads(const std::string& text);

}  // namespace roundtrip
