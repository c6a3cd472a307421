#include "export/program/pickle/pickled_view.h"

#include <algorithm>

namespace roundtrip::pickle {
namespace {

std::vector<std::int64_t> as_ints(const ObjectPtr& object) {
  std::vector<std::int64_t> ints;
  for (const auto& item : as<Sequence>(object).items) {
    ints.push_back(as<std::int64_t>(item));
    if (ints.back() < 0) damaged("a negative size or stride");
  }
  return ints;
}

/// The index of the last element; a number that wraps is damage.
std::int64_t last_element(const PickledView& view) {
  std::int64_t last = view.offset;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < view.sizes.size(); ++i) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(count, view.sizes[i], &count) ||
        __builtin_mul_overflow(view.sizes[i] - 1, view.strides[i], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      damaged("a tensor's geometry is wrong");
    }
  }
  return last;
}

}  // namespace

PickledView read_view(const Objects& arguments, std::size_t length) {
  PickledView view{as<std::int64_t>(arguments[1]), as_ints(arguments[2]), as_ints(arguments[3])};
  if (view.offset < 0 || view.sizes.size() != view.strides.size()) {
    damaged("a tensor's geometry is wrong");
  }
  const std::int64_t last = last_element(view);
  const bool empty = std::find(view.sizes.begin(), view.sizes.end(), 0) != view.sizes.end();
  if (!empty && static_cast<std::uint64_t>(last) >= length) {
    damaged("a tensor is larger than its storage");
  }
  return view;
}

PickledView read_layout(const ObjectPtr& sizes, const ObjectPtr& strides) {
  PickledView view{0, as_ints(sizes), as_ints(strides)};
  if (view.sizes.size() != view.strides.size()) damaged("a tensor's geometry is wrong");
  last_element(view);
  return view;
}

}  // namespace roundtrip::pickle
