// Functions that are mapped over a dimension of tensors.
#include <roundtrip/vmap.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

TEST(TestExport, test_vmap_to_assert) {
  Module model([](const Tensor& x, const Tensor& y) {
    const auto f = [](const Tensor& left, const Tensor& right) {
      const Tensor product =
          (left * right)
              .to(at::TensorOptions(at::kFloat).device(at::kCPU),
                  /*non_blocking=*/false, /*copy=*/false, at::MemoryFormat::ChannelsLast);
      return (product + 1).sum(0);
    };
    return vmap(f, {x, y}).sum(0);
  });
  auto program = t.export_program(model, {at::zeros({4, 4, 4, 4}), at::zeros({4, 4, 4, 4})});
  const Values ones{at::ones({4, 4, 4, 4}), at::ones({4, 4, 4, 4})};
  CHECK(allclose(program.module()(ones), model(ones)));
}

}  // namespace roundtrip
