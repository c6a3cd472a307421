#include "tests/export/tracing/placed_model.h"

#include <ATen/ATen.h>
#include <roundtrip/control_flow.h>

using at::Tensor;
using roundtrip::Module;

namespace placed {

struct Net {
  [[gnu::always_inline]] Tensor scaled(const Tensor& x) const {
    return x * 2;  // scaled
  }
  [[gnu::noinline]] Tensor forward(const Tensor& x) const {
    return scaled(x) + 1;  // forward
  }
};

const int kScaledLine = __LINE__ - 7;
const int kForwardLine = __LINE__ - 5;

std::string file() {
  return PLACED_MODEL_FILE;
}

const int kModelLine = __LINE__ + 2;
Module model() {
  return Module([](const Tensor& x) { return Net{}.forward(x); });
}

Module branching() {
  return Module([](const Tensor& x) {
    const auto negate = [](const Tensor& y) {
      return y.neg();  // in the branch
    };
    const auto copy = [](const Tensor& y) { return y.clone(); };
    return roundtrip::cond(x.sum() > 0, negate, copy, {x});
  });
}

const int kBranchLine = __LINE__ + 3;
Module branching_on_data() {
  return Module([](const Tensor& x) {
    if (x.sum().item().toSymFloat().guard_float(__FILE__, __LINE__) > 2) return x + 1;
    return x;
  });
}

const int kFailingLine = __LINE__ + 2;
Module failing() {
  return Module([](const Tensor& x) { return at::mm(x, at::ones({5, 5})); });
}

const int kReadingLine = __LINE__ + 2;
Module reading() {
  return Module([](const Tensor& x) { return x * x.data_ptr<float>()[0]; });
}

const int kSizeLine = __LINE__ + 2;
Module reading_a_size() {
  return Module([](const Tensor& x) { return x * x.size(0); });
}

const int kCountingLine = __LINE__ + 3;
Module counting() {
  auto calls = std::make_shared<int>(0);
  return Module([calls](const Tensor& x) { return x + (*calls)++; });
}

const int kOutsideLine = __LINE__ + 3;
roundtrip::Module using_from_outside() {
  static const Tensor outside = at::ones({2});
  return roundtrip::Module([](const Tensor& x) { return (x + 1) * outside; });
}

}  // namespace placed
