#include <cmath>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

/// The sizes asked for, none of them negative.
Sizes new_sizes(const Call& call) {
  Sizes sizes = call.sizes("size");
  for (const c10::SymInt& size : sizes) {
    TORCH_SYM_CHECK(size.sym_ge(0), "a size is negative: ", size);
  }
  return sizes;
}

/// Results of which `size` tells the sizes.
Shapes of_size(const Call& call) {
  return {of_sizes(new_sizes(call), call.dtype())};
}

at::ScalarType fill_dtype(const Call& call, const char* name) {
  const c10::IValue* value = call.find(name);
  if (value != nullptr && value->isBool()) return at::kBool;
  if (value != nullptr && (value->isInt() || value->isSymInt())) return at::kLong;
  return at::typeMetaToScalarType(at::get_default_dtype());
}

Shapes full(const Call& call) {
  return {of_sizes(new_sizes(call), call.dtype().value_or(fill_dtype(call, "fill_value")))};
}

Shapes new_of_size(const Call& call) {
  const at::ScalarType own = call.tensor(std::size_t{0}).scalar_type();
  return {of_sizes(new_sizes(call), call.dtype().value_or(own))};
}

Shapes strided(const Call& call) {
  return {{new_sizes(call), call.sizes("stride"), 0, call.dtype()}};
}

/// The strides of `memory_format`, of a result with the input's sizes.
Shapes as_input(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  Shape shape = like(self);
  shape.dtype = call.dtype().value_or(self.scalar_type());
  if (const c10::IValue* format = call.find("memory_format")) {
    const at::MemoryFormat asked = format->toMemoryFormat();
    if (asked == at::MemoryFormat::Contiguous) shape.strides = contiguous_strides(shape.sizes);
    if (asked == at::MemoryFormat::ChannelsLast || asked == at::MemoryFormat::ChannelsLast3d) {
      shape.strides = channels_last_strides(shape.sizes);
    }
  }
  return {shape};
}

Shapes contiguous(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  const at::MemoryFormat format = call.find("memory_format")->toMemoryFormat();
  if (format != at::MemoryFormat::Contiguous) return as_input(call);
  if (is_contiguous_or_false(self.sym_sizes(), self.sym_strides())) return {same_layout(self)};
  return as_input(call);
}

bool is_real(const c10::IValue& value) {
  return value.isDouble() || value.isSymFloat();
}

c10::SymFloat to_real(const c10::IValue& value) {
  if (is_real(value)) return value.toSymFloat();
  return static_cast<c10::SymFloat>(to_size(value));
}

c10::SymInt ceiling(const c10::SymFloat& number) {
  if (number.is_symbolic()) return c10::SymInt(number.toSymNodeImpl()->ceil());
  return static_cast<std::int64_t>(std::ceil(number.as_float_unchecked()));
}

c10::SymInt truncated(const c10::IValue& value) {
  if (!is_real(value)) return to_size(value);
  return static_cast<std::int64_t>(value.toSymFloat().guard_float(__FILE__, __LINE__));
}

/// The length is ceil((end - start) / step), of integers in integers. For a result of 64-bit
/// integers all three are cut off to integers first, as LibTorch's kernel does.
Shapes arange(const Call& call) {
  const c10::IValue start = call.has("start") ? *call.find("start") : c10::IValue(0);
  const c10::IValue step = call.has("step") ? *call.find("step") : c10::IValue(1);
  const c10::IValue& end = *call.find("end");
  const bool real = is_real(start) || is_real(step) || is_real(end);
  if (real && call.dtype() != at::kLong) {
    const bool whole = !is_real(start) && !is_real(end);
    const c10::SymFloat distance = whole ? static_cast<c10::SymFloat>(to_size(end) - to_size(start))
                                         : to_real(end) - to_real(start);
    const auto dtype = call.dtype().value_or(at::typeMetaToScalarType(at::get_default_dtype()));
    return {of_sizes({ceiling(distance / to_real(step))}, dtype)};
  }
  const c10::SymInt by = truncated(step);
  const c10::SymInt distance = truncated(end) - truncated(start);
  TORCH_SYM_CHECK(by.sym_ne(0), "arange with a step of zero");
  if (by > 0) {
    TORCH_SYM_CHECK(distance.sym_ge(0), "arange whose end lies before its start");
    const auto dtype = call.dtype().value_or(at::kLong);
    return {of_sizes({by.maybe_as_int() == 1 ? distance : ceil_divide(distance, by)}, dtype)};
  }
  TORCH_SYM_CHECK(distance.sym_le(0), "arange whose end lies after its start");
  return {of_sizes({ceil_divide(c10::SymInt(0) - distance, c10::SymInt(0) - by)},
                   call.dtype().value_or(at::kLong))};
}

Shapes of_steps(const Call& call) {
  return {of_sizes({call.size("steps")}, call.dtype())};
}

Shapes eye(const Call& call) {
  const c10::SymInt rows = call.size("n");
  return {of_sizes({rows, call.has("m") ? call.size("m") : rows}, call.dtype())};
}

Shapes permutation(const Call& call) {
  return {of_sizes({call.size("n")}, call.dtype().value_or(at::kLong))};
}

Shapes random_integers(const Call& call) {
  return {of_sizes(new_sizes(call), call.dtype().value_or(at::kLong))};
}

Shapes scalar(const Call& call) {
  return {of_sizes({}, call.dtype())};
}

Shapes triangle_indices(const Call& call) {
  TORCH_CHECK_NOT_IMPLEMENTED(call.integer("offset", 0) == 0, "triangles with an offset");
  const c10::SymInt rows = call.size("row");
  TORCH_CHECK_NOT_IMPLEMENTED(known_equal(rows, call.size("col")), "triangles of a rectangle");
  return {of_sizes({2, floor_divide(rows * (rows + 1), 2)}, call.dtype().value_or(at::kLong))};
}

Shapes one_hot(const Call& call) {
  const c10::SymInt classes = call.size("num_classes");
  TORCH_CHECK_NOT_IMPLEMENTED(classes > 0, "one_hot whose classes the data tells");
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  sizes.push_back(classes);
  return {of_sizes(std::move(sizes), at::kLong)};
}

/// Powers of each number, as many as there are numbers if not said.
Shapes vander(const Call& call) {
  const at::Tensor& x = call.tensor(std::size_t{0});
  Sizes sizes = sizes_of(x);
  sizes.push_back(call.has("N") ? call.size("N") : sizes.back());
  const bool widens = at::isIntegralType(x.scalar_type(), true);
  return {of_sizes(std::move(sizes), widens ? at::kLong : x.scalar_type())};
}

Shapes window(const Call& call) {
  return {of_sizes({call.size("window_length")}, call.dtype())};
}

constexpr NamedRule kFactoriesRules[] = {
    {"empty", of_size},
    {"zeros", of_size},
    {"ones", of_size},
    {"rand", of_size},
    {"randn", of_size},
    {"full", full},
    {"randint", random_integers},
    {"randperm", permutation},
    {"empty_permuted", of_size},
    {"empty_strided", strided},
    {"resize_", new_of_size},
    {"new_empty", new_of_size},
    {"new_zeros", new_of_size},
    {"new_ones", new_of_size},
    {"new_full", new_of_size},
    {"empty_like", as_input},
    {"zeros_like", as_input},
    {"ones_like", as_input},
    {"full_like", as_input},
    {"rand_like", as_input},
    {"randn_like", as_input},
    {"randint_like", as_input},
    {"clone", as_input},
    {"_to_copy", as_input},
    {"contiguous", contiguous},
    {"arange", arange},
    {"linspace", of_steps},
    {"logspace", of_steps},
    {"eye", eye},
    {"scalar_tensor", scalar},
    {"tril_indices", triangle_indices},
    {"triu_indices", triangle_indices},
    {"one_hot", one_hot},
    {"vander", vander},
    {"linalg_vander", vander},
    {"new_empty_strided", strided},
    {"hann_window", window},
    {"hamming_window", window},
    {"blackman_window", window},
    {"bartlett_window", window},
    {"kaiser_window", window},
};

}  // namespace

RuleTable factory_rules() {
  return kFactoriesRules;
}

}  // namespace roundtrip::shapes
