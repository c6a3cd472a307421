#include "generate.h"

#include <algorithm>
#include <array>

#include "arguments.h"
#include "random.h"
#include "scope.h"

namespace roundtrip::fuzz {
namespace {

constexpr std::size_t kSymbols = 3;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), seed_(seed) {}

  Recipe generate() {
    for (std::size_t i = 0; i < kSymbols; ++i) recipe_.symbols.push_back(symbol());
    const std::int64_t inputs = random_.between(1, 3);
    for (std::int64_t i = 0; i < inputs; ++i) recipe_.inputs.push_back(input());
    for (int i = 0; i < 2; ++i) {
      if (random_.percent(30)) recipe_.state.push_back(state());
    }
    const Sizes sizes = recipe_.example_sizes();
    std::vector<at::Tensor> values = make_tensors(recipe_.inputs, sizes, seed_);
    const auto state = make_tensors(recipe_.state, sizes, seed_ + 1);
    values.insert(values.end(), state.begin(), state.end());
    Scope scope(random_, Scope::Place::model, std::move(values), recipe_.inputs.size());
    scope.add_steps(random_.between(1, 9));
    recipe_.steps = scope.steps();
    draw_outputs(scope.values());
    return recipe_;
  }

 private:
  /// The ends of a range near the example, if it has any.
  Symbol symbol() {
    Symbol symbol{.example = random_.between(2, 8)};
    if (random_.percent(30)) symbol.min = random_.between(0, symbol.example);
    if (random_.percent(30)) symbol.max = symbol.example + random_.between(1, 20);
    return symbol;
  }

  TensorSpec input() {
    TensorSpec spec = fixed(1);
    for (Extent& extent : spec.extents) {
      if (!random_.percent(60)) continue;
      extent = {.symbol = static_cast<std::size_t>(random_.between(0, kSymbols - 1))};
      if (random_.percent(20)) extent.factor = random_.between(2, 3);
      if (random_.percent(20)) extent.add = random_.pick(std::array{-1, 1, 2});
      if (extent.add < 0) keep_positive(recipe_.symbols[*extent.symbol]);
    }
    return spec;
  }

  /// No size is less than 0, so dimensions that are derived from this one give it a least size.
  static void keep_positive(Symbol& symbol) {
    symbol.min = std::max<std::int64_t>(2, symbol.min.value_or(2));
  }

  TensorSpec state() {
    TensorSpec spec = fixed(0);
    spec.parameter = spec.dtype == at::kFloat && random_.percent(50);
    return spec;
  }

  TensorSpec fixed(std::int64_t least_rank) {
    TensorSpec spec;
    const std::int64_t rank = random_.between(least_rank, 4);
    for (std::int64_t i = 0; i < rank; ++i) spec.extents.push_back({.add = random_.between(1, 4)});
    if (random_.percent(35)) {
      spec.dtype = random_.pick(std::array{at::kLong, at::kBool, at::kDouble, at::kInt, at::kHalf,
                                           at::kByte, at::kBFloat16, at::kComplexFloat});
    }
    return spec;
  }

  void draw_outputs(const std::vector<at::Tensor>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    recipe_.outputs.push_back({values.size() - 1});
    while (random_.percent(35)) {
      recipe_.outputs.push_back({static_cast<std::size_t>(random_.between(0, count - 1))});
    }
    if (random_.percent(10)) {
      recipe_.number_outputs.push_back(Arguments(random_, values, 0).size());
    }
  }

  Random random_;
  std::uint64_t seed_;
  Recipe recipe_;
};

}  // namespace

Recipe generate(std::uint64_t seed) {
  return Generator(seed).generate();
}

}  // namespace roundtrip::fuzz
