#include "recipe.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace roundtrip::fuzz {
namespace {

at::Tensor make_tensor(const TensorSpec& spec, const Sizes& sizes, const at::Generator& generator) {
  std::vector<std::int64_t> shape;
  for (const Extent& extent : spec.extents) shape.push_back(size_at(extent, sizes));
  const auto options = at::device(at::kCPU).dtype(spec.dtype);
  if (spec.dtype == at::kBool) return at::randint(0, 2, shape, generator, options);
  if (at::isIntegralType(spec.dtype, false)) return at::randint(0, 4, shape, generator, options);
  const auto numbers = [&] { return at::rand(shape, generator, at::kDouble) * 4 - 2; };
  if (!at::isComplexType(spec.dtype)) return numbers().to(spec.dtype);
  const at::Tensor real = numbers();
  return at::complex(real, numbers()).to(spec.dtype);
}

}  // namespace

std::int64_t size_at(const Extent& extent, const Sizes& sizes) {
  return extent.symbol ? sizes.at(*extent.symbol) * extent.factor + extent.add : extent.add;
}

Sizes Recipe::example_sizes() const {
  Sizes sizes;
  for (const Symbol& symbol : symbols) sizes.push_back(symbol.example);
  return sizes;
}

std::vector<at::Tensor> make_tensors(const std::vector<TensorSpec>& specs, const Sizes& sizes,
                                     std::uint64_t seed) {
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<at::Tensor> tensors;
  for (const TensorSpec& spec : specs) {
    tensors.push_back(make_tensor(spec, sizes, generator).set_requires_grad(spec.parameter));
  }
  return tensors;
}

}  // namespace roundtrip::fuzz
