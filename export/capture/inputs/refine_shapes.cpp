#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes_spec.h>
#include <roundtrip/error.h>

#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <variant>

#include "export/capture/inputs/linear_dim.h"

namespace roundtrip {
namespace {

using DimChange = std::function<Dim(const Dim&)>;

ShapeSpec change_dims(const ShapeSpec& spec, const DimChange& change) {
  if (const Dim* dim = spec.get<Dim>()) return change(*dim);
  if (const auto* named = spec.get<ShapeSpec::Dims>()) {
    ShapeSpec::Dims dims = *named;
    for (auto& entry : dims) entry.second = change(entry.second);
    return dims;
  }
  if (const auto* all = spec.get<ShapeSpec::AllDims>()) {
    ShapeSpec::AllDims dims = *all;
    for (auto& dim : dims) {
      if (dim) dim = change(*dim);
    }
    return dims;
  }
  if (const auto* nested = spec.get<ShapeSpec::Items>()) {
    ShapeSpec::Items items = *nested;
    for (ShapeSpec& item : items.items) item = change_dims(item, change);
    return items;
  }
  return spec;
}

DynamicShapes change_dims(const DynamicShapes& shapes, const DimChange& change) {
  if (const auto* named = shapes.by_name()) {
    DynamicShapes::ByName changed = *named;
    for (auto& entry : changed) entry.second = change_dims(entry.second, change);
    return changed;
  }
  if (shapes.empty()) return shapes;
  std::vector<ShapeSpec> changed = *shapes.by_position();
  for (ShapeSpec& spec : changed) spec = change_dims(spec, change);
  return DynamicShapes::positional(std::move(changed));
}

std::map<std::string, Dim> dims_by_name(const DynamicShapes& shapes) {
  std::map<std::string, Dim> dims;
  change_dims(shapes, [&](const Dim& dim) {
    if (dim.kind() == Dim::Kind::derived) dims.emplace(dim.root().name(), dim.root());
    if (!dim.name().empty()) dims.emplace(dim.name(), dim);
    return dim;
  });
  return dims;
}

/// One suggestion: a new definition, a size, or another dimension that it is derived from.
using Fix = std::variant<Dim, LinearDim>;

/// `Dim('dx', min=3, max=6)`; `max=oo` is no bound.
std::optional<Dim> parse_definition(const std::string& name, const std::string& text) {
  static const std::regex definition("Dim\\('[^']*'(?:, min=(\\d+))?(?:, max=(?:(\\d+)|oo))?\\)");
  std::smatch match;
  if (!std::regex_match(text, match, definition)) return std::nullopt;
  return Dim(name, match[1].matched ? parse_size(match[1]) : std::nullopt,
             match[2].matched ? parse_size(match[2]) : std::nullopt);
}

Fix parse_fix(const std::string& name, const std::string& text) {
  if (const auto dim = parse_definition(name, text)) return *dim;
  if (const auto size = parse_size(text)) return Dim(*size);
  if (const auto linear = parse_linear_dim(text)) return *linear;
  throw CaptureError(c10::str("The suggested fix ", name, " = ", text,
                              " is neither a dimension nor linear in one"));
}

class Fixes {
 public:
  Fixes(const std::string& message, std::map<std::string, Dim> dims) : dims_(std::move(dims)) {
    static const std::string kTitle = "Suggested fixes:";
    static const std::regex fix("\\s*(\\S+) = (.*?)\\s*");
    const std::size_t title = message.find(kTitle);
    if (title == std::string::npos) {
      throw CaptureError(
          "Suggested fixes not found in error message given to "
          "refine_dynamic_shapes_from_suggested_fixes()");
    }
    std::istringstream lines(message.substr(title + kTitle.size()));
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_match(line, match, fix))
        fixes_.emplace(match[1], parse_fix(match[1], match[2]));
    }
    require_known();
  }

  Dim apply(const Dim& dim) const {
    if (dim.name().empty()) return dim;
    if (fixes_.count(dim.name()) != 0) return fixed(dim.name(), fixes_.size());
    const bool derived = dim.kind() == Dim::Kind::derived;
    if (!derived || fixes_.count(dim.root().name()) == 0) return dim;
    const LinearDim linear{dim.root().name(), dim.factor(), dim.offset()};
    return linear.of(fixed(linear.root, fixes_.size()));
  }

 private:
  /// Every suggestion is for a dimension that there is, or for the root of another one.
  void require_known() const {
    std::set<std::string> roots;
    for (const auto& entry : fixes_) {
      if (const auto* linear = std::get_if<LinearDim>(&entry.second)) roots.insert(linear->root);
    }
    for (const auto& entry : fixes_) {
      if (dims_.count(entry.first) != 0 || roots.count(entry.first) != 0) continue;
      throw CaptureError("A fix is suggested for " + entry.first +
                         ", which is no dimension of the dynamic shapes");
    }
  }

  /// What the name is after the fixes; `depth` ends suggestions that go round in a circle.
  Dim fixed(const std::string& name, std::size_t depth) const {
    const auto fix = fixes_.find(name);
    if (fix == fixes_.end()) {
      const auto known = dims_.find(name);
      if (known != dims_.end()) return known->second;
      throw CaptureError("A suggested fix speaks of " + name + ", which is no dimension");
    }
    if (const Dim* dim = std::get_if<Dim>(&fix->second)) return *dim;
    if (depth == 0) throw CaptureError("The suggested fixes define " + name + " by itself");
    const auto& linear = std::get<LinearDim>(fix->second);
    return linear.of(fixed(linear.root, depth - 1));
  }

  std::map<std::string, Dim> dims_;
  std::map<std::string, Fix> fixes_;
};

}  // namespace

DynamicShapes refine_dynamic_shapes_from_suggested_fixes(const std::string& message,
                                                         const DynamicShapes& shapes) {
  const Fixes fixes(message, dims_by_name(shapes));
  return change_dims(shapes, [&](const Dim& dim) { return fixes.apply(dim); });
}

}  // namespace roundtrip
