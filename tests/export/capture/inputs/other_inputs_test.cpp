#include "export/capture/inputs/other_inputs.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <limits>

#include "export/fake/fake_mode.h"

using at::Tensor;
using namespace roundtrip;

namespace {

std::vector<Tensor> others_of(const std::vector<Tensor>& inputs, bool other_data,
                              std::vector<LeafSizes> sizes = {}) {
  ExportCall call{Module([](const Tensor& x) { return x; }), {}, {}, {}};
  for (const Tensor& input : inputs) call.args.emplace_back(input);
  sizes.resize(inputs.size());
  std::vector<Tensor> others;
  for (const Value& arg : with_other_inputs(call, sizes, other_data).args) {
    others.push_back(arg.tensor());
  }
  return others;
}

/// With its data, which is made when it is asked for.
Tensor with_data(const Tensor& tensor) {
  FakeMode mode;
  mode.compute(tensor);
  const WithData with_data;
  return tensor.clone();
}

Tensor other_of(const Tensor& input, bool other_data, LeafSizes sizes = {}) {
  return with_data(others_of({input}, other_data, {std::move(sizes)}).front());
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("other inputs have the layout of the given ones") {
  const Tensor all = at::rand({4, 6}).t();
  const Tensor input = all.slice(0, 1, 4).set_requires_grad(true);
  const Tensor other = others_of({input}, true).front();
  CHECK(other.sizes() == input.sizes());
  CHECK(other.strides() == input.strides());
  CHECK(other.storage_offset() == input.storage_offset());
  CHECK(other.dtype() == at::kFloat);
  CHECK(other.requires_grad());
  CHECK_FALSE(at::equal(with_data(other), input));
}

TEST_CASE("other inputs share memory where the given ones do") {
  const Tensor all = at::rand({2, 6});
  const std::vector<Tensor> others = others_of({all[0], all, all[0].clone()}, true);
  const auto memory = [](const Tensor& tensor) { return tensor.storage().unsafeGetStorageImpl(); };
  CHECK(memory(others[0]) == memory(others[1]));
  CHECK(memory(others[0]) != memory(others[2]));
  CHECK(at::equal(with_data(others[0]), with_data(others[1])[0]));
}

TEST_CASE("other floats are within the range, and zeros, infinities and NaN stay") {
  const Tensor other = other_of(at::linspace(-1, 1, 100, at::kDouble), true);
  CHECK(other.min().item<double>() >= -1);
  CHECK(other.max().item<double>() <= 1);
  const Tensor special = at::tensor({0.0, 1.0, -kInfinity, 3.0, std::nan("")});
  const Tensor others = other_of(special, true);
  const Tensor free = at::isfinite(special).logical_and(special.ne(0));
  CHECK(at::allclose(others.masked_select(~free), special.masked_select(~free), 0, 0,
                     /*equal_nan=*/true));
  CHECK_FALSE(at::equal(others.masked_select(free), special.masked_select(free)));
}

TEST_CASE("other integers are the same ones in another order") {
  const Tensor input = at::arange(50);
  const Tensor other = other_of(input, true);
  CHECK_FALSE(at::equal(other, input));
  CHECK(at::equal(std::get<0>(other.sort()), input));
}

TEST_CASE("the data stays where no other is asked for, with rows left out or repeated") {
  const Tensor input = at::rand({3, 2});
  CHECK(at::equal(other_of(input, false), input));
  CHECK(at::equal(other_of(input, false, {2, 2}), input.slice(0, 0, 2)));
  CHECK(at::equal(other_of(input, false, {5, 2}), at::cat({input, input}).slice(0, 0, 5)));
  CHECK(other_of(at::rand({0, 2}), false, {2, 2}).sizes() == at::IntArrayRef{2, 2});
  CHECK(other_of(input, true, {0, 2}).numel() == 0);
}

TEST_CASE("other inputs of the meta device have no data") {
  const Tensor input = at::empty({3, 2}, at::kMeta);
  CHECK(others_of({input}, true).front().is_meta());
  const Tensor other = others_of({input}, true, {{5, 2}}).front();
  CHECK(other.is_meta());
  CHECK(other.sizes() == at::IntArrayRef{5, 2});
}
