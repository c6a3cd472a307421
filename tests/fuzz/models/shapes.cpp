#include "shapes.h"

#include <algorithm>
#include <array>

namespace roundtrip::fuzz {
namespace {

constexpr std::int64_t kMostInputElements = 1000;

/// The dimensions of the symbol itself; those computed from it may be derived.
Dim draw_dim(const Symbol& symbol, std::size_t index, bool named, Random& random) {
  if (named) {
    try {
      return Dim("s" + std::to_string(index), symbol.min, symbol.max);
    } catch (const std::exception&) {  // a range of one size
      return Dim::AUTO;
    }
  }
  if (random.percent(5)) return Dim::STATIC;
  if (random.percent(20)) return Dim::DYNAMIC;
  const bool ranged = symbol.max && random.percent(50);
  return ranged ? Dim::AUTO(symbol.min, symbol.max) : Dim::AUTO;
}

Dim dim_of(const Extent& extent, const Dim& dim) {
  if (extent.factor == 1 && extent.add == 0) return dim;
  if (dim.kind() == Dim::Kind::named) return dim * extent.factor + extent.add;
  return dim.kind() == Dim::Kind::fixed ? dim : Dim::AUTO;
}

std::int64_t draw_size(const Symbol& symbol, Random& random) {
  constexpr std::array<std::int64_t, 13> kSizes = {0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 16, 31, 50};
  const std::int64_t chance = random.between(1, 100);
  if (symbol.min && chance <= 15) return *symbol.min;
  if (symbol.min && chance <= 20) return std::max<std::int64_t>(0, *symbol.min - 1);
  if (symbol.max && chance <= 35) return *symbol.max;
  if (symbol.max && chance <= 40) return *symbol.max + 1;
  return random.pick(kSizes);
}

bool is_moderate(const TensorSpec& spec, const Sizes& sizes) {
  std::int64_t elements = 1;
  for (const Extent& extent : spec.extents) {
    const std::int64_t size = size_at(extent, sizes);
    if (size < 0) return false;
    elements *= size;
  }
  return elements <= kMostInputElements;
}

}  // namespace

DynamicShapes draw_shapes(const Recipe& recipe, Random& random) {
  const bool named = random.percent(40);
  std::vector<Dim> dims;
  for (std::size_t i = 0; i < recipe.symbols.size(); ++i) {
    dims.push_back(draw_dim(recipe.symbols[i], i, named, random));
  }
  std::vector<ShapeSpec> specs;
  for (const TensorSpec& input : recipe.inputs) {
    ShapeSpec::Dims of_input;
    for (std::size_t i = 0; i < input.extents.size(); ++i) {
      const Extent& extent = input.extents[i];
      if (!extent.symbol) continue;
      of_input.emplace_back(static_cast<std::int64_t>(i), dim_of(extent, dims[*extent.symbol]));
    }
    specs.push_back(of_input.empty() ? ShapeSpec() : ShapeSpec(of_input));
  }
  return DynamicShapes::positional(std::move(specs));
}

Sizes draw_sizes(const Recipe& recipe, Random& random) {
  for (int i = 0; i < 20; ++i) {
    Sizes sizes;
    for (const Symbol& symbol : recipe.symbols) sizes.push_back(draw_size(symbol, random));
    const bool fits = std::all_of(recipe.inputs.begin(), recipe.inputs.end(),
                                  [&](const TensorSpec& spec) { return is_moderate(spec, sizes); });
    if (fits) return sizes;
  }
  return recipe.example_sizes();
}

bool has_small_size(const Recipe& recipe, const Sizes& sizes) {
  for (const TensorSpec& input : recipe.inputs) {
    for (const Extent& extent : input.extents) {
      if (extent.symbol && size_at(extent, sizes) < 2) return true;
    }
  }
  return false;
}

}  // namespace roundtrip::fuzz
