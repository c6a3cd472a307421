#include "export/fake/fake_mode.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "export/fake/fake_tensor.h"

using namespace roundtrip;

namespace {

using at::Tensor;

bool is_computed(const Tensor& tensor) {
  return !has_no_memory(*tensor.storage().unsafeGetStorageImpl());
}

Tensor floats(std::vector<float> values) {
  const WithData with_data;
  return at::tensor(values);
}

bool same(const Tensor& left, const Tensor& right) {
  const WithData with_data;
  return at::equal(left, right);
}

/// What it would be, computed.
Tensor data_of(FakeMode& mode, const Tensor& tensor) {
  mode.compute(tensor);
  const WithData with_data;
  return tensor.clone();
}

}  // namespace

TEST_CASE("nothing is computed but what is asked for, and what that depends on") {
  FakeMode mode;
  const Tensor x = at::rand({3, 4});
  const Tensor shared = x.exp();
  const Tensor asked = shared.matmul(at::ones({4, 2}));
  const Tensor other = shared.sum(0);
  CHECK(asked.sizes() == at::IntArrayRef{3, 2});
  CHECK_FALSE(is_computed(shared));
  CHECK(asked.sum().item<double>() > 0);
  CHECK(is_computed(shared));
  CHECK(is_computed(asked));
  CHECK_FALSE(is_computed(other));
}

TEST_CASE("reading what was not computed through a pointer throws") {
  const FakeMode mode;
  const Tensor y = at::ones({2}).exp();
  CHECK_THROWS_AS(y.data_ptr<float>(), c10::Error);
  CHECK_THROWS_AS(y.const_data_ptr<float>(), c10::Error);
}

namespace {

/// A tensor of two, three and four, and how often that was made.
Tensor lazy_tensor(const std::shared_ptr<int>& made) {
  const WithData with_data;
  Tensor tensor = at::empty({0});
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(
      lazy_storage(3 * sizeof(float), [made]() -> Tensor {
        ++*made;
        return floats({2, 3, 4});
      }));
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous({3});
  return tensor;
}

}  // namespace

TEST_CASE("lazy memory is made when an operator first reads it") {
  FakeMode mode;
  const auto made = std::make_shared<int>(0);
  const Tensor lazy = lazy_tensor(made);
  const Tensor twice = lazy.view({3, 1}) * 2;
  CHECK_THROWS_AS(lazy.data_ptr<float>(), c10::Error);
  CHECK(*made == 0);
  CHECK(same(data_of(mode, twice), floats({4, 6, 8}).view({3, 1})));
  CHECK(same(data_of(mode, lazy), floats({2, 3, 4})));
  CHECK(lazy.sum().item<double>() == 9);
  CHECK(*made == 1);
}

TEST_CASE("lazy memory that is written to is made before") {
  FakeMode mode;
  const auto made = std::make_shared<int>(0);
  Tensor lazy = lazy_tensor(made);
  lazy.add_(1);
  CHECK(*made == 0);
  CHECK(same(data_of(mode, lazy), floats({3, 4, 5})));
  CHECK(*made == 1);
}

TEST_CASE("lazy memory that nothing reads is never made") {
  const auto made = std::make_shared<int>(0);
  {
    const FakeMode mode;
    const Tensor sum = lazy_tensor(made).sum();
  }
  CHECK(*made == 0);
  CHECK(made.use_count() == 1);
}

TEST_CASE("calls that write take effect in the program's order") {
  FakeMode mode;
  Tensor x = at::ones({4});
  const Tensor before = x + 1;
  x.mul_(3);
  const Tensor after = x + 1;
  Tensor row = x.slice(0, 1, 2);
  row.add_(10);
  SUBCASE("the last is asked for first") {
    CHECK(same(data_of(mode, x), floats({3, 13, 3, 3})));
  }
  SUBCASE("a view is asked for first") {
    CHECK(same(data_of(mode, row), floats({13})));
  }
  CHECK(same(data_of(mode, after), floats({4, 4, 4, 4})));
  CHECK(same(data_of(mode, before), floats({2, 2, 2, 2})));
  CHECK(same(data_of(mode, x), floats({3, 13, 3, 3})));
}

TEST_CASE("memory that has data is written to when that is asked for, else stays as it is") {
  const Tensor state = at::ones({2});
  const Tensor asked = at::ones({2});
  {
    FakeMode mode;
    const Tensor read = state * 5;
    Tensor(state).add_(1);
    Tensor(asked).add_(1);
    CHECK_THROWS_AS(state.data_ptr<float>(), c10::Error);
    CHECK(data_of(mode, asked)[0].item<float>() == 2);
    CHECK(data_of(mode, read)[0].item<float>() == 5);
  }
  CHECK(state.data_ptr<float>()[0] == 1);
  CHECK(asked.data_ptr<float>()[0] == 2);
}

TEST_CASE("sizes that change in place do not change calls that were before") {
  FakeMode mode;
  Tensor x = at::arange(6.).reshape({2, 3}).add(1);
  const Tensor sums = x.sum(1);
  x.transpose_(0, 1);
  CHECK(same(data_of(mode, sums), floats({6, 15})));
  CHECK(same(data_of(mode, x.flatten()), floats({1, 4, 2, 5, 3, 6})));
}

TEST_CASE("random numbers are drawn when they are asked for by the program") {
  at::manual_seed(1);
  const Tensor first = at::rand({3});
  const Tensor second = at::randn({3});
  at::manual_seed(1);
  FakeMode mode;
  const Tensor a = at::rand({3});
  const Tensor b = at::randn({3});
  CHECK(same(data_of(mode, b), second));
  CHECK(same(data_of(mode, a), first));
}

TEST_CASE("an operator says what is wrong with its arguments as always") {
  const FakeMode mode;
  const Tensor x = at::ones({2, 3}).exp();
  CHECK_THROWS_WITH_AS(x.matmul(at::ones({2, 3})),
                       doctest::Contains("mat1 and mat2 shapes cannot be multiplied"), c10::Error);
  CHECK_THROWS_AS(at::embedding(at::ones({2, 3}), at::full({1}, 7, at::kLong)).sum().item(),
                  c10::Error);
}

TEST_CASE("tensors that grow, and such without elements") {
  FakeMode mode;
  Tensor out = at::empty({0});
  at::add_out(out, at::ones({2, 2}), at::ones({2}));
  CHECK(out.sizes() == at::IntArrayRef{2, 2});
  CHECK(same(data_of(mode, out), data_of(mode, at::full({2, 2}, 2.F))));
  const Tensor none = at::ones({0, 3}).exp().sum(0);
  CHECK(same(data_of(mode, none), floats({0, 0, 0})));
}

TEST_CASE("tensors of the meta device stay there") {
  const FakeMode mode;
  const auto meta = at::TensorOptions(at::kMeta);
  const Tensor image = at::empty({2, 3, 8, 8}, meta);
  const Tensor features = at::conv2d(image, at::empty({4, 3, 3, 3}, meta), at::empty({4}, meta));
  const Tensor normal = at::batch_norm(features, {}, {}, {}, {}, true, 0.1, 1e-5, false);
  CHECK(normal.is_meta());
  CHECK(at::relu(normal).is_meta());
  CHECK(normal.sizes() == at::IntArrayRef{2, 4, 6, 6});
}
