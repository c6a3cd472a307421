#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes_spec.h>
#include <roundtrip/error.h>

#include "export/capture/inputs/linear_dim.h"
#include "export/capture/inputs/spec_text.h"

namespace roundtrip {
namespace {

using RootDims = std::map<std::string, DynamicShapesSpec::RootDim>;

Dim derived_dim(const Dim& root, const std::string& text) {
  const auto names = names_in(text);
  if (names.size() != 1 || *names.begin() != root.name()) {
    throw CaptureError(c10::str("Expected derived expressions in to have ", root.name(),
                                " as the only free symbol, got ", text));
  }
  if (const auto linear = parse_linear_dim(text)) return linear->of(root);
  throw CaptureError("Expected derived expressions to be linear expressions, got " + text);
}

/// The dimensions by the text that stands for each.
std::map<std::string, Dim> all_dims(const RootDims& dims) {
  std::map<std::string, Dim> all;
  for (const auto& [name, info] : dims) {
    const Dim root(name, info.min, info.max);
    all.emplace(name, root);
    for (const std::string& text : info.derived) all.emplace(text, derived_dim(root, text));
  }
  return all;
}

std::string keys_text(const RootDims& dims) {
  std::vector<std::string> names;
  for (const auto& entry : dims) names.push_back(value_text(entry.first));
  return "dict_keys(" + list_text(names) + ")";
}

class ShapesLoad {
 public:
  explicit ShapesLoad(const RootDims& dims) : dims_(dims), all_(all_dims(dims)) {}

  ShapeSpec spec(const Value& value) const {
    if (value.is_none()) return {};
    if (value.is_int()) return Dim(value.to_int());
    if (value.is_string()) return dimension(value.string());
    if (value.is_container()) return items(value.container());
    throw CaptureError(
        "Expected leaves in `spec['dynamic_shapes']` to be ints, None, Dim::AUTO/STATIC, symbols, "
        " or derived expressions, got " +
        value_text(value));
  }

 private:
  ShapeSpec items(const Container& container) const {
    ShapeSpec::Items items{container.type, container.keys, {}};
    for (const Value& item : container.items) items.items.push_back(spec(item));
    return items;
  }

  Dim dimension(const std::string& text) const {
    if (text == "_DimHint.AUTO") return Dim::AUTO;
    if (text == "_DimHint.DYNAMIC") return Dim::DYNAMIC;
    if (text == "_DimHint.STATIC") return Dim::STATIC;
    const auto found = all_.find(text);
    if (found != all_.end()) return found->second;
    throw CaptureError(
        c10::str("Expected dims in `spec['dynamic_shapes']` to be tracked in `spec['dims']`, got ",
                 text, " which is not in ", keys_text(dims_)));
  }

  const RootDims& dims_;
  std::map<std::string, Dim> all_;
};

}  // namespace

DynamicShapes load_dynamic_shapes(const DynamicShapesSpec& spec) {
  if (spec.dynamic_shapes.is_none()) return {};
  if (!spec.dynamic_shapes.is_container()) {
    throw CaptureError("Expected `spec['dynamic_shapes']` to have a spec for each argument, got " +
                       value_text(spec.dynamic_shapes));
  }
  const ShapesLoad load(spec.dims);
  const Container& specs = spec.dynamic_shapes.container();
  std::vector<ShapeSpec> loaded;
  for (const Value& item : specs.items) loaded.push_back(load.spec(item));
  if (specs.keys.empty()) return DynamicShapes::positional(std::move(loaded));
  DynamicShapes::ByName by_name;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    by_name.emplace_back(specs.keys[i].string(), std::move(loaded[i]));
  }
  return by_name;
}

}  // namespace roundtrip
