#pragma once

#include <ATen/core/MT19937RNGEngine.h>

namespace roundtrip {

/// Knows how the default random generator was left, to notice that somebody drew numbers
/// from it, or seeded it, in between.
class RandomWatch {
 public:
  RandomWatch() { remember(); }
  void remember();
  bool is_as_left() const;

 private:
  at::mt19937_data_pod left_;
};

}  // namespace roundtrip
