#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>

#include "export/capture/inputs/spec_text.h"
#include "export/capture/inputs/spec_tree.h"

namespace roundtrip {
namespace {

using Nodes = std::vector<const Value*>;

/// The type of a node of the inputs; a tensor is the tuple of its sizes.
std::string node_type(const Value& value) {
  if (value.is_container()) return value.container().type;
  return value.is_tensor() ? "builtins.tuple" : value.type_name();
}

std::string texts(const Nodes& nodes) {
  std::vector<std::string> all;
  for (const Value* node : nodes) all.push_back(value_text(*node));
  return tuple_text(all);
}

void require_same_count(std::size_t expected, std::size_t got) {
  if (expected == got) return;
  throw CaptureError(c10::str("Node arity mismatch; expected ", expected, ", but got ", got, "."));
}

[[noreturn]] void wrong_type(const Value& expected, const Value& got) {
  throw CaptureError(c10::str("Node type mismatch; expected ", class_text(node_type(expected)),
                              ", but got ", class_text(node_type(got)), "."));
}

ShapeSpec tensor_spec(const Nodes& nodes) {
  const auto sizes = nodes[0]->tensor().sizes();
  ShapeSpec::AllDims dims(sizes.size());
  for (const Value* node : nodes) {
    if (!node->is_tensor()) wrong_type(*nodes[0], *node);
    const auto others = node->tensor().sizes();
    require_same_count(sizes.size(), others.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] != others[i]) dims[i] = Dim::DYNAMIC;
    }
  }
  return dims;
}

ShapeSpec leaf_spec(const Nodes& nodes) {
  const Value& first = *nodes[0];
  bool same = true;
  for (const Value* node : nodes) {
    if (node_type(*node) != node_type(first) || node->is_container() || node->is_tensor()) {
      throw CaptureError(
          "The following inputs were found to have differing types, so they "
          "cannot be marked as dynamic: " +
          texts(nodes) + ".");
    }
    same = same && value_text(*node) == value_text(first);
  }
  if (same) return {};
  if (first.is_int()) return Dim::DYNAMIC;
  throw CaptureError(
      "The following inputs were found to have differing values, but they "
      "cannot be marked as dynamic: " +
      texts(nodes) + ".");
}

ShapeSpec merged_spec(const Nodes& nodes);

ShapeSpec container_spec(const Nodes& nodes) {
  const Container& first = nodes[0]->container();
  for (const Value* node : nodes) {
    if (!node->is_container() || node->container().type != first.type) {
      wrong_type(*nodes[0], *node);
    }
    require_same_count(first.items.size(), node->size());
  }
  ShapeSpec::Items items{first.type, first.keys, {}};
  for (std::size_t i = 0; i < first.items.size(); ++i) {
    Nodes inner;
    for (const Value* node : nodes) {
      const Container& other = node->container();
      std::size_t at = i;
      if (!first.keys.empty()) {
        for (at = 0; at < other.keys.size(); ++at) {
          if (bitwise_equal(other.keys[at], first.keys[i])) break;
        }
      }
      if (at == other.items.size()) {
        throw CaptureError("Node keys mismatch; missing key(s): {" + value_text(first.keys[i]) +
                           "}.");
      }
      inner.push_back(&other.items[at]);
    }
    items.items.push_back(merged_spec(inner));
  }
  return items;
}

/// The spec of one input whose values in all calls are `nodes`.
ShapeSpec merged_spec(const Nodes& nodes) {
  if (nodes[0]->is_container()) return container_spec(nodes);
  return nodes[0]->is_tensor() ? tensor_spec(nodes) : leaf_spec(nodes);
}

}  // namespace

AdditionalInputs& AdditionalInputs::add(Values args, Kwargs kwargs) {
  inputs_.emplace_back(std::move(args), std::move(kwargs));
  return *this;
}

DynamicShapes AdditionalInputs::dynamic_shapes(const Module& module, const Values& args,
                                               const Kwargs& kwargs) const {
  const auto arguments = combine_arguments(module, args, kwargs);
  std::vector<Nodes> nodes(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) nodes[i].push_back(arguments[i].value);
  for (const auto& [other_args, other_kwargs] : inputs_) {
    const auto others = combine_arguments(module, other_args, other_kwargs);
    require_same_count(arguments.size(), others.size());
    for (std::size_t i = 0; i < others.size(); ++i) {
      if (others[i].name != arguments[i].name) {
        throw CaptureError("Node keys mismatch; missing key(s): {'" + arguments[i].name +
                           "'}; extra key(s): {'" + others[i].name + "'}.");
      }
      nodes[i].push_back(others[i].value);
    }
  }
  DynamicShapes::ByName shapes;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    shapes.emplace_back(arguments[i].name, merged_spec(nodes[i]));
  }
  return shapes;
}

}  // namespace roundtrip
