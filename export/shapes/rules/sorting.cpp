#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

Shape indices_like(const Shape& values) {
  Shape indices = values;
  indices.dtype = at::kLong;
  return indices;
}

Shapes sort(const Call& call) {
  const Shape values = like(call.tensor(std::size_t{0}));
  return {values, indices_like(values)};
}

Shapes argsort(const Call& call) {
  return {indices_like(like(call.tensor(std::size_t{0})))};
}

Shapes msort(const Call& call) {
  return {like(call.tensor(std::size_t{0}))};
}

Shapes topk(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const c10::SymInt count = call.size("k");
  if (!sizes.empty()) {
    c10::SymInt& size = sizes[wrap_dim(call.integer("dim"), sizes.size())];
    TORCH_SYM_CHECK(size.sym_ge(count), "topk of more than there are");
    size = count;
  }
  const Shape values = of_sizes(std::move(sizes), call.tensor(std::size_t{0}).scalar_type());
  return {values, indices_like(values)};
}

Shapes multinomial(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  sizes.back() = call.size("num_samples");
  return {of_sizes(std::move(sizes), at::kLong)};
}

constexpr NamedRule kSortingRules[] = {
    {"sort", sort}, {"argsort", argsort},         {"msort", msort},
    {"topk", topk}, {"multinomial", multinomial},
};

}  // namespace

RuleTable sorting_rules() {
  return kSortingRules;
}

}  // namespace roundtrip::shapes
