#include "export/capture/inputs/spec_checks.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <unordered_map>

#include "export/capture/inputs/spec_text.h"

namespace roundtrip {
namespace {

constexpr const char* kDimension =
    "(expected None, an int, a Dim, Dim::AUTO, Dim::STATIC, or Dim::DYNAMIC, but got ";

std::string size_text(const at::Tensor& tensor) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : tensor.sizes()) sizes.push_back(std::to_string(size));
  return "torch.Size(" + list_text(sizes) + ")";
}

std::string at_spec(const SpecLeaf& leaf) {
  return c10::str(" specified at `dynamic_shapes", leaf.path, "` ");
}

/// Checks specs one after another and remembers what dimensions were defined as.
class SpecChecker {
 public:
  void check(const SpecLeaf& leaf) {
    if (leaf.value->is_tensor()) {
      check_tensor(leaf);
    } else if (leaf.value->is_int() || leaf.value->is_bool()) {
      check_integer(leaf);
    } else if (!leaf.spec.is_none()) {
      cannot_associate(leaf, "non-tensor type " + class_text(leaf.value->type_name()),
                       "(expected None)");
    }
  }

 private:
  [[noreturn]] static void cannot_associate(const SpecLeaf& leaf, const std::string& type,
                                            const std::string& expected) {
    throw CaptureError(c10::str("Cannot associate shape ", spec_text(leaf.spec), at_spec(leaf),
                                "to ", type, " at `inputs", leaf.path, "` ", expected));
  }

  void check_tensor(const SpecLeaf& leaf) {
    if (leaf.spec.is_none()) return;
    const ShapeSpec::Items items = as_items(leaf.spec);
    if (items.type.empty()) {
      throw CaptureError(
          c10::str("Unexpected input tensor shape ", spec_text(leaf.spec), at_spec(leaf),
                   "(expected either a list/tuple of dimensions, or a dict mapping indices to "
                   "dimensions, where each dimension is an int, a Dim, Dim::AUTO, Dim::STATIC, or "
                   "Dim::DYNAMIC)"));
    }
    const bool by_index = items.type == "builtins.dict";
    const std::size_t rank = static_cast<std::size_t>(leaf.value->tensor().dim());
    if (!by_index && items.items.size() != rank) {
      throw CaptureError(c10::str("Expected dynamic shape spec ", spec_text(leaf.spec),
                                  at_spec(leaf), "to have the same length as the actual tensor ",
                                  "shape ", size_text(leaf.value->tensor()), " (expected ", rank,
                                  ", but got ", items.items.size(), " instead)"));
    }
    for (std::size_t i = 0; i < items.items.size(); ++i) {
      if (by_index) require_index(leaf, items.keys[i]);
      check_dimension(leaf, items.items[i],
                      by_index ? "mapped to index " + value_text(items.keys[i]) : c10::str("#", i));
    }
  }

  static void require_index(const SpecLeaf& leaf, const Value& key) {
    const std::int64_t rank = leaf.value->tensor().dim();
    if (key.is_int() && key.to_int() >= 0 && key.to_int() < rank) return;
    throw CaptureError(c10::str("Unexpected index ", value_text(key), " in input tensor shape ",
                                spec_text(leaf.spec), at_spec(leaf), "(expected 0 to ", rank - 1,
                                " for the actual tensor shape ", size_text(leaf.value->tensor()),
                                ")"));
  }

  void check_dimension(const SpecLeaf& leaf, const ShapeSpec& dimension, const std::string& place) {
    if (const Dim* dim = dimension.get<Dim>()) return check_same_definition(*dim);
    if (dimension.is_none()) return;
    throw CaptureError(c10::str("Unexpected dimension ", place, " in input tensor shape ",
                                spec_text(leaf.spec), at_spec(leaf), kDimension,
                                spec_text(dimension), " instead)"));
  }

  void check_same_definition(const Dim& dim) {
    if (dim.kind() != Dim::Kind::named && dim.kind() != Dim::Kind::derived) return;
    const auto bounds = std::pair(dim.min().value_or(0), dim.max());
    const auto [known, added] = bounds_.emplace(dim.name(), bounds);
    if (added || known->second == bounds) return;
    throw CaptureError(
        c10::str("Found different definitions ",
                 dim_definition(dim.name(), known->second.first, known->second.second), " and ",
                 dim_definition(dim.name(), bounds.first, bounds.second),
                 " for the same symbolic dimension ", spec_text(dim), "!"));
  }

  static void check_integer(const SpecLeaf& leaf) {
    const Dim* dim = leaf.spec.get<Dim>();
    if (!dim && !leaf.spec.is_none()) {
      cannot_associate(leaf, "an int",
                       "(expected None, an int, Dim::AUTO, Dim::STATIC, or Dim::DYNAMIC)");
    }
    if (dim && (dim->kind() == Dim::Kind::named || dim->kind() == Dim::Kind::derived)) {
      throw CaptureError(
          "Unable to specify input integers as dynamic through named Dims. Please use "
          "Dim::AUTO/DYNAMIC instead.");
    }
    // A boolean is an integer to Python, which then fails when it makes the symbol.
    if (dim && dim->kind() != Dim::Kind::fixed && leaf.value->is_bool()) {
      cannot_associate(leaf, "a bool", "(expected None: a boolean input cannot be dynamic)");
    }
  }

  std::unordered_map<std::string, std::pair<std::int64_t, std::optional<std::int64_t>>> bounds_;
};

}  // namespace

std::vector<DimSpec> dims_of(const ShapeSpec& spec) {
  const ShapeSpec::Items items = as_items(spec);
  std::vector<DimSpec> dims;
  for (std::size_t i = 0; i < items.items.size(); ++i) {
    const bool by_index = i < items.keys.size();
    const auto index = by_index ? static_cast<std::size_t>(items.keys[i].to_int()) : i;
    const Dim* dim = items.items[i].get<Dim>();
    dims.push_back({index, dim ? std::optional(*dim) : std::nullopt});
  }
  return dims;
}

void check_specs(const std::vector<SpecLeaf>& leaves) {
  SpecChecker checker;
  for (const SpecLeaf& leaf : leaves) checker.check(leaf);
}

}  // namespace roundtrip
