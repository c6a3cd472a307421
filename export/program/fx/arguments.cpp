#include "export/program/fx/arguments.h"

#include <roundtrip/error.h>

#include "export/program/fx/literals.h"
#include "export/program/python/text.h"

namespace roundtrip {

namespace {

/// Containers and everything that refers to nodes; literals are handled before.
struct ArgumentVisitor {
  FxNodes& nodes;
  const Metadata* metadata;

  FxArgument operator()(const TensorArgument& tensor) const {
    return fx_reference(nodes.producer(*tensor.value));
  }
  template <typename T>
  FxArgument operator()(const T& value) const {
    if constexpr (requires { std::get<GraphValue*>(value.value); }) {
      const auto* symbolic = std::get_if<GraphValue*>(&value.value);
      return symbolic ? fx_reference(nodes.producer(**symbolic))
                      : fx_literal(python_repr(std::get<1>(value.value)));
    } else {
      throw UnsupportedError("an argument of an unknown kind");
    }
  }

  /// An object that is not an input is one of the program's constants.
  FxArgument operator()(const CustomObjArgument& value) const {
    auto* found = nodes.find_producer(*value.value);
    return found ? fx_reference(*found) : fx_literal(value.value->name());
  }

  FxArgument operator()(const GraphArgument& value) const {
    auto node = nodes.add(FxNode::Op::get_attr, value.name, value.name);
    nodes[node].metadata = metadata;
    nodes.set_subgraph(value.name, *value.graph);
    return fx_reference(node);
  }

  FxArgument operator()(const OptionalTensorArgument& value) const {
    if (std::holds_alternative<NoneArgument>(value)) return fx_literal("None");
    return (*this)(std::get<TensorArgument>(value));
  }

  FxArgument operator()(std::int64_t value) const { return fx_literal(python_repr(value)); }
  FxArgument operator()(double value) const { return fx_literal(python_repr(value)); }
  FxArgument operator()(bool value) const { return fx_literal(python_repr(value)); }
  FxArgument operator()(const std::string& value) const { return fx_literal(python_repr(value)); }

  template <typename T>
  FxArgument operator()(const std::vector<T>& values) const {
    auto list = fx_container(FxArgument::Kind::list);
    for (const auto& value : values) list.items.push_back((*this)(static_cast<const T&>(value)));
    return list;
  }

  /// Python makes tuples of the inner lists: grids of a Triton kernel.
  FxArgument operator()(const std::vector<std::vector<std::int64_t>>& values) const {
    auto list = fx_container(FxArgument::Kind::list);
    for (const auto& value : values) {
      list.items.push_back((*this)(value));
      list.items.back().kind = FxArgument::Kind::tuple;
    }
    return list;
  }

  FxArgument operator()(const ArgumentDict& dict) const {
    auto result = fx_container(FxArgument::Kind::dict);
    for (const auto& entry : dict.entries) {
      result.keys.push_back(python_repr(entry.key));
      result.items.push_back(make_fx_argument(entry.value, nodes, metadata));
    }
    return result;
  }
};

}  // namespace

FxArgument fx_literal(std::string text) {
  return {FxArgument::Kind::literal, std::move(text), 0, {}, {}};
}

FxArgument fx_reference(std::size_t node) {
  return {FxArgument::Kind::node, {}, node, {}, {}};
}

FxArgument fx_container(FxArgument::Kind kind) {
  return {kind, {}, 0, {}, {}};
}

FxArgument make_fx_argument(const Argument& argument, FxNodes& nodes, const Metadata* metadata) {
  if (auto text = literal_of(argument)) return fx_literal(*text);
  return std::visit(ArgumentVisitor{nodes, metadata}, argument.value);
}

}  // namespace roundtrip
