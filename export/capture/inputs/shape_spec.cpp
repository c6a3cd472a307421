#include <roundtrip/dynamic_shapes.h>

namespace roundtrip {

ShapeSpec ShapeSpec::tuple(std::vector<ShapeSpec> items) {
  return Items{"builtins.tuple", {}, std::move(items)};
}

ShapeSpec ShapeSpec::list(std::vector<ShapeSpec> items) {
  return Items{"builtins.list", {}, std::move(items)};
}

ShapeSpec ShapeSpec::dict(std::vector<std::pair<Value, ShapeSpec>> entries) {
  Items dict{"builtins.dict", {}, {}};
  for (auto& [key, spec] : entries) {
    dict.keys.push_back(std::move(key));
    dict.items.push_back(std::move(spec));
  }
  return dict;
}

DynamicShapes DynamicShapes::positional(std::vector<ShapeSpec> specs) {
  DynamicShapes shapes;
  shapes.data_ = std::move(specs);
  return shapes;
}

}  // namespace roundtrip
