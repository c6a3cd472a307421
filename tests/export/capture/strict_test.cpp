#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

ExportOptions strict() {
  ExportOptions options;
  options.strict = true;
  return options;
}

}  // namespace

TEST_CASE("a model that does the same each time passes") {
  const auto lookup = [](const Tensor& ids, const Tensor& table) {
    return at::embedding(table, ids);
  };
  CHECK_NOTHROW(
      capture(lookup, {"ids", "table"}, {at::tensor({4, 0, 2}), at::randn({5, 2})}, strict()));
  // Random data would not be positive definite.
  const auto factor = [](const Tensor& x) { return at::linalg_cholesky(x); };
  CHECK_NOTHROW(capture(factor, {"x"}, {at::eye(3) + 0.1}, strict()));
}

TEST_CASE("a model that counts its calls is refused, naming the node") {
  auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) { return x.relu() + (*calls)++; };
  CHECK_THROWS_WITH_AS(
      capture(model, {"x"}, {at::ones({2})}, strict()),
      doctest::Contains("Node 1 was first 'add = aten.add.Scalar(self=relu, "
                        "other=0)', then 'add = aten.add.Scalar(self=relu, other=1)'"),
      CaptureError);
}

TEST_CASE("a model that branches on data of a plain tensor is refused") {
  const auto model = [](const Tensor& x) {
    Tensor sum = at::empty({});
    at::sum_out(sum, x, at::IntArrayRef{0});
    return *sum.data_ptr<float>() == 6.0F ? x + x : x * x;
  };
  CHECK_NOTHROW(capture(model, {"x"}, {at::arange(4, at::kFloat)}));
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::arange(4, at::kFloat)}, strict()),
                       doctest::Contains("aten.mul.Tensor"), CaptureError);
}

TEST_CASE("a constant that changes from call to call is refused") {
  auto calls = std::make_shared<int>(0);
  const auto model = [calls](const Tensor& x) { return x + at::tensor({(*calls)++}); };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}, strict()),
                       doctest::Contains("'lifted_tensor_0' has other values"), CaptureError);
}

TEST_CASE("a model that returns something else is refused") {
  auto calls = std::make_shared<std::int64_t>(0);
  const auto model = [calls](const Tensor& x) { return std::pair(x, (*calls)++); };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}, strict()),
                       doctest::Contains("first returned"), CaptureError);
}
