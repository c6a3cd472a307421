#include "export/shapes/rules/view_shape.h"

#include <algorithm>

#include "export/shapes/rules/arithmetic.h"

namespace roundtrip::shapes {
namespace {

/// Walks the sizes asked for from left to right, merging and splitting the dimensions of
/// a view until they are equal: `torch._refs._reshape_view_helper`, whose questions are
/// the guards of a view.
class ViewWalk {
 public:
  explicit ViewWalk(const Shape& self) : shape_(self) {}

  Shape run(const Sizes& asked) {
    for (const c10::SymInt& length : asked) place(length);
    while (next_ < rank()) {
      check_equal(shape_.sizes[next_], 1, "a view's trailing dimension");
      erase(next_);
    }
    return shape_;
  }

 private:
  std::size_t rank() const { return shape_.sizes.size(); }
  Sizes& strides() { return *shape_.strides; }

  void place(const c10::SymInt& length) {
    if (next_ >= rank()) return append_one(length);
    if (length == shape_.sizes[next_]) {
      ++next_;
      return;
    }
    c10::SymInt merged = shape_.sizes[next_];
    std::size_t last = next_;
    while (merged % length != 0) {
      TORCH_CHECK(++last < rank(), "no view with these sizes");
      merged = merged * shape_.sizes[last];
    }
    if (last != next_) merge(last);
    if (merged != length) split(length);
    ++next_;
  }

  void append_one(const c10::SymInt& length) {
    TORCH_CHECK(length == 1, "no view with these sizes");
    shape_.sizes.push_back(1);
    strides().push_back(strides().empty() ? c10::SymInt(1) : strides().back());
    ++next_;
  }

  /// Dimensions next_ to `last` become one, if the memory allows it.
  void merge(std::size_t last) {
    std::optional<c10::SymInt> stride;
    c10::SymInt merged = 1;
    c10::SymInt expected = 0;
    for (std::size_t i = last + 1; i-- > next_;) {
      merged = merged * shape_.sizes[i];
      if (shape_.sizes[i] == 1) continue;
      TORCH_CHECK(!stride || strides()[i] == expected, "no view of this memory");
      if (!stride) stride = strides()[i];
      expected = strides()[i] * shape_.sizes[i];
    }
    strides()[next_] = stride.value_or(1);
    shape_.sizes[next_] = merged;
    for (; last > next_; --last) erase(last);
  }

  void split(const c10::SymInt& length) {
    const c10::SymInt inner = floor_divide(shape_.sizes[next_], length);
    const c10::SymInt stride = strides()[next_];
    shape_.sizes[next_] = length;
    strides()[next_] = stride * inner;
    const auto after = static_cast<std::ptrdiff_t>(next_ + 1);
    shape_.sizes.insert(shape_.sizes.begin() + after, inner);
    strides().insert(strides().begin() + after, stride);
  }

  void erase(std::size_t i) {
    shape_.sizes.erase(shape_.sizes.begin() + static_cast<std::ptrdiff_t>(i));
    strides().erase(strides().begin() + static_cast<std::ptrdiff_t>(i));
  }

  Shape shape_;
  std::size_t next_ = 0;
};

Shape with_contiguous(const Shape& self, const Sizes& sizes) {
  return {sizes, contiguous_strides(sizes), self.offset, self.dtype};
}

/// A view of, or as, a tensor without dimensions.
Shape view_of_one(const Shape& self, const Sizes& sizes) {
  for (const c10::SymInt& size : sizes) check_equal(size, 1, "a view of one element");
  for (const c10::SymInt& size : self.sizes) check_equal(size, 1, "a view as one element");
  return with_contiguous(self, Sizes(sizes.size(), 1));
}

bool same_sizes_or_false(const Sizes& a, const Sizes& b) {
  if (a.size() != b.size()) return false;
  c10::SymBool same = true;
  for (std::size_t i = 0; i < a.size(); ++i) same = same.sym_and(a[i].sym_eq(b[i]));
  return TORCH_GUARD_OR_FALSE(same);
}

bool is_contiguous(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides) {
  if (product(sizes) < 2) return true;
  c10::SymInt expected = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (sizes[i] == 1) continue;
    if (strides[i] != expected) return false;
    expected = expected * sizes[i];
  }
  return true;
}

/// Sizes of which nothing may be assumed: nothing is asked, as long as there is a view
/// without it.
Shape unbacked_view(const Shape& self, const Sizes& sizes) {
  check_equal(product(self.sizes), product(sizes), "a view's number of elements");
  if (same_sizes_or_false(sizes, self.sizes)) return self;
  if (is_contiguous_or_false(self.sizes, *self.strides)) return with_contiguous(self, sizes);
  auto strides = view_strides(self.sizes, *self.strides, sizes);
  if (!strides && is_contiguous(self.sizes, *self.strides)) return with_contiguous(self, sizes);
  if (!strides) strides = view_strides(self.sizes, *self.strides, sizes, Unknown::guarded);
  TORCH_CHECK(strides, "no view of this memory");
  return {sizes, std::move(strides), self.offset, self.dtype};
}

Shape backed_view(const Shape& self, const Sizes& sizes) {
  if (TORCH_GUARD_OR_FALSE(product(self.sizes).sym_eq(0))) return with_contiguous(self, sizes);
  if (is_contiguous_or_false(self.sizes, *self.strides)) {
    const bool to_one = sizes.size() == 1 && self.sizes.size() > 1;
    const bool to_two = sizes.size() == 2 && self.sizes.size() == 1;
    if (to_one) return {{product(self.sizes)}, Sizes{1}, self.offset, self.dtype};
    if (to_two) return {sizes, Sizes{sizes[1], 1}, self.offset, self.dtype};
  }
  check_equal(product(self.sizes), product(sizes), "a view's number of elements");
  return ViewWalk(self).run(sizes);
}

}  // namespace

Sizes inferred_sizes(Sizes sizes, const c10::SymInt& element_count) {
  std::optional<std::size_t> open;
  c10::SymInt known = 1;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (TORCH_GUARD_OR_FALSE(sizes[i].sym_eq(-1))) {
      TORCH_CHECK(!open, "only one dimension can be inferred");
      open = i;
    } else {
      TORCH_SYM_CHECK(sizes[i].sym_ge(0), "a size below zero");
      known = known * sizes[i];
    }
  }
  if (!open) {
    check_equal(element_count, known, "a view's number of elements");
    return sizes;
  }
  TORCH_SYM_CHECK(known.sym_ne(0), "a size of -1 beside one of 0");
  TORCH_SYM_CHECK((element_count % known).sym_eq(0), "sizes that do not divide the elements");
  sizes[*open] = floor_divide(element_count, known);
  TORCH_SYM_CHECK(sizes[*open].sym_ge(0), "a size below zero");
  return sizes;
}

Shape view_shape(const Shape& self, const Sizes& asked) {
  const bool unbacked =
      has_unbacked(self.sizes) || has_unbacked(*self.strides) || has_unbacked(asked);
  const Sizes sizes = inferred_sizes(asked, product(self.sizes));
  if (self.sizes.empty() || sizes.empty()) return view_of_one(self, sizes);
  return unbacked ? unbacked_view(self, sizes) : backed_view(self, sizes);
}

std::optional<Sizes> view_strides(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides,
                                  c10::SymIntArrayRef new_sizes, Unknown unknown) {
  const auto holds = [&](const c10::SymBool& condition, bool default_value) {
    if (unknown == Unknown::guarded) return condition.guard_bool(__FILE__, __LINE__);
    return default_value ? TORCH_GUARD_OR_TRUE(condition) : TORCH_GUARD_OR_FALSE(condition);
  };
  if (sizes.empty()) return Sizes(new_sizes.size(), 1);
  Sizes result(new_sizes.size(), 0);
  std::size_t left = new_sizes.size();
  c10::SymInt base = strides.back();
  c10::SymInt of_memory = 1;
  c10::SymInt of_view = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    of_memory = of_memory * sizes[i];
    const bool chunk_ends = i == 0 || (holds(sizes[i - 1].sym_ne(1), true) &&
                                       holds(strides[i - 1].sym_ne(of_memory * base), true));
    if (!chunk_ends) continue;
    while (left > 0 && (holds(of_view.sym_lt(of_memory), true) ||
                        holds(new_sizes[left - 1].sym_eq(1), false))) {
      result[--left] = of_view * base;
      of_view = of_view * new_sizes[left];
    }
    if (holds(of_view.sym_ne(of_memory), true)) return std::nullopt;
    if (i > 0) {
      base = strides[i - 1];
      of_memory = of_view = 1;
    }
  }
  return left == 0 ? std::optional(result) : std::nullopt;
}

}  // namespace roundtrip::shapes
