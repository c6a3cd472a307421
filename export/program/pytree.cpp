#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <algorithm>

namespace roundtrip {

namespace {

TreeSpec flatten_into(const Value& tree, Values& leaves) {
  if (!tree.is_container()) {
    leaves.push_back(tree);
    return {};
  }
  const auto& container = tree.container();
  TreeSpec spec{container.type, container.context, container.keys, {}, container.has_json_context};
  spec.children.reserve(container.items.size());
  for (const auto& item : container.items) spec.children.push_back(flatten_into(item, leaves));
  return spec;
}

Value unflatten_from(Values::iterator& leaf, const TreeSpec& spec) {
  if (spec.is_leaf()) return std::move(*leaf++);
  Container container{spec.type, spec.context, spec.keys, {}, spec.has_json_context};
  container.items.reserve(spec.children.size());
  for (const auto& child : spec.children) container.items.push_back(unflatten_from(leaf, child));
  return container;
}

}  // namespace

std::size_t TreeSpec::num_leaves() const {
  if (is_leaf()) return 1;
  std::size_t count = 0;
  for (const auto& child : children) count += child.num_leaves();
  return count;
}

bool operator==(const TreeSpec& left, const TreeSpec& right) {
  return left.type == right.type && left.context == right.context &&
         left.has_json_context == right.has_json_context &&
         std::equal(left.keys.begin(), left.keys.end(), right.keys.begin(), right.keys.end(),
                    bitwise_equal) &&
         left.children == right.children;
}

Values tree_flatten(const Value& tree, TreeSpec* spec) {
  Values leaves;
  auto found = flatten_into(tree, leaves);
  if (spec) *spec = std::move(found);
  return leaves;
}

Value tree_unflatten(Values leaves, const TreeSpec& spec) {
  auto wanted = spec.num_leaves();
  if (leaves.size() != wanted) {
    throw ProgramError(
        c10::str("a tree of ", wanted, " leaves cannot hold ", leaves.size(), ": ", spec.str()));
  }
  auto leaf = leaves.begin();
  return unflatten_from(leaf, spec);
}

}  // namespace roundtrip
