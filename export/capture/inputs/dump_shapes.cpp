#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes_spec.h>
#include <roundtrip/error.h>
#include <roundtrip/module.h>

#include <algorithm>

#include "export/capture/inputs/spec_checks.h"
#include "export/capture/inputs/spec_text.h"
#include "export/capture/inputs/spec_tree.h"

namespace roundtrip {
namespace {

/// The arguments in order, known by their position: specs by name are in the same order.
std::vector<CallArgument> in_order(const Values& args, const Kwargs& kwargs) {
  std::vector<CallArgument> arguments;
  const auto add = [&](const Value& value) {
    const std::size_t position = arguments.size();
    arguments.push_back(
        {std::to_string(position), c10::str("L['args'][", position, "]"), position, &value});
  };
  for (const Value& value : args) add(value);
  for (const auto& entry : kwargs) add(entry.second);
  return arguments;
}

/// Without the model only keyword arguments have names to compare.
void require_same_names(const DynamicShapes::ByName& specs, std::size_t first,
                        const Kwargs& kwargs) {
  for (std::size_t i = 0; i < kwargs.size() && first + i < specs.size(); ++i) {
    if (specs[first + i].first == kwargs[i].first) continue;
    throw CaptureError(c10::str("Expected specs in the order of the arguments, with '",
                                kwargs[i].first, "' where '", specs[first + i].first, "' is"));
  }
}

std::vector<ShapeSpec> specs_in_order(const DynamicShapes& shapes, std::size_t positional,
                                      const Kwargs& kwargs) {
  if (const auto* specs = shapes.by_position()) return *specs;
  require_same_names(*shapes.by_name(), positional, kwargs);
  std::vector<ShapeSpec> specs;
  for (const auto& entry : *shapes.by_name()) specs.push_back(entry.second);
  return specs;
}

/// Writes the specs of leaves one after another, and keeps their dimensions.
class ShapesDump {
 public:
  Value leaf(const SpecLeaf& leaf) {
    if (!leaf.value->is_tensor()) return number(leaf.spec);
    const at::Tensor& tensor = leaf.value->tensor();
    Values dims;
    for (const std::int64_t size : tensor.sizes()) {
      dims.push_back(leaf.spec.is_none() ? dimension(Dim::STATIC) : Value(size));
    }
    for (const DimSpec& spec : dims_of(leaf.spec)) {
      if (spec.dim) dims[spec.index] = dimension(*spec.dim);
    }
    return Value::list(std::move(dims));
  }

  std::map<std::string, DynamicShapesSpec::RootDim> dims() && {
    for (auto& entry : dims_) std::sort(entry.second.derived.begin(), entry.second.derived.end());
    return std::move(dims_);
  }

 private:
  // Python forgets that a number is dynamic; what it loads may say so.
  Value number(const ShapeSpec& spec) {
    const Dim* dim = spec.get<Dim>();
    return dim && dim->kind() != Dim::Kind::fixed ? dimension(*dim) : Value();
  }

  Value dimension(const Dim& dim) {
    switch (dim.kind()) {
      case Dim::Kind::fixed:
        if (dim.min() && dim.min() == dim.max()) return *dim.min();
        return hint(dim, "_DimHint.STATIC");
      case Dim::Kind::automatic:
        return hint(dim, "_DimHint.AUTO");
      case Dim::Kind::dynamic:
        return hint(dim, "_DimHint.DYNAMIC");
      case Dim::Kind::named:
        root(dim);
        break;
      case Dim::Kind::derived:
        add_derived(root(dim.root()).derived, dim.name());
        break;
    }
    return dim.name();
  }

  // Python forgets the bounds; the program exported with the loaded spec would be another.
  static Value hint(const Dim& dim, const char* text) {
    if (!dim.min() && !dim.max()) return text;
    throw CaptureError("Bounds of a hint cannot be kept in a DynamicShapesSpec: " + spec_text(dim));
  }

  DynamicShapesSpec::RootDim& root(const Dim& dim) {
    return dims_
        .try_emplace(dim.name(), DynamicShapesSpec::RootDim{dim.min().value_or(0), dim.max(), {}})
        .first->second;
  }

  static void add_derived(std::vector<std::string>& derived, const std::string& name) {
    if (std::find(derived.begin(), derived.end(), name) == derived.end()) derived.push_back(name);
  }

  std::map<std::string, DynamicShapesSpec::RootDim> dims_;
};

/// The input's structure, of tuples, lists and dicts, with the next leaves in it.
Value rebuild(const Value& input, std::vector<Value>::const_iterator& next) {
  if (!input.is_container()) return *next++;
  const ShapeSpec::Items outline =
      as_items(map_leaves(input, [](const Value&) { return ShapeSpec(); }));
  Container container;
  container.type = outline.type;
  container.keys = outline.keys;
  for (const Value& item : input.container().items) {
    container.items.push_back(rebuild(item, next));
  }
  return container;
}

}  // namespace

DynamicShapesSpec dump_dynamic_shapes(const DynamicShapes& shapes, const Values& args,
                                      const Kwargs& kwargs) {
  if (shapes.empty()) return {};
  const auto arguments = in_order(args, kwargs);
  const auto specs_given = DynamicShapes::positional(specs_in_order(shapes, args.size(), kwargs));
  const auto leaves = match_leaves(arguments, specs_given);
  check_specs(leaves);
  ShapesDump dump;
  std::vector<Value> texts;
  for (const SpecLeaf& leaf : leaves) texts.push_back(dump.leaf(leaf));
  auto next = texts.cbegin();
  Values specs;
  for (const CallArgument& argument : arguments) specs.push_back(rebuild(*argument.value, next));
  return {Value::tuple(std::move(specs)), std::move(dump).dims()};
}

}  // namespace roundtrip
