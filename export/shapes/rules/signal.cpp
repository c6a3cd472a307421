#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

/// Half of the last transformed dimension tells the rest, of real input.
Shapes fft_of_real(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  Sizes sizes = sizes_of(input);
  if (call.flag("onesided")) {
    c10::SymInt& size = sizes[wrap_dim(call.integers("dim").back(), sizes.size())];
    size = floor_divide(size, 2) + 1;
  }
  return {of_sizes(std::move(sizes), at::toComplexType(input.scalar_type()))};
}

c10::SymInt frequencies(const c10::SymInt& points, bool onesided) {
  return onesided ? floor_divide(points, 2) + 1 : points;
}

/// The input has half of the frequencies and one more, or all.
Shapes fft_to_real(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  Sizes sizes = sizes_of(input);
  c10::SymInt& size = sizes[wrap_dim(call.integers("dim").back(), sizes.size())];
  const c10::SymInt asked = call.size("last_dim_size");
  const c10::SymInt half = frequencies(asked, /*onesided=*/true);
  if (!TORCH_GUARD_OR_FALSE(size.sym_eq(asked))) check_equal(size, half, "frequencies");
  size = asked;
  return {of_sizes(std::move(sizes), at::toRealValueType(input.scalar_type()))};
}

Shapes fft(const Call& call) {
  return {like(call.tensor(std::size_t{0}))};
}

std::int64_t hop_length(const Call& call) {
  return call.integer("hop_length", call.integer("n_fft") / 4);
}

/// A column of frequencies for each frame; complex, or as pairs of numbers.
Shapes stft(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const std::int64_t points = call.integer("n_fft");
  c10::SymInt length = input.sym_sizes().back();
  if (call.flag("center")) length = length + points / 2 * 2;
  TORCH_SYM_CHECK(length.sym_ge(points), "stft: a signal shorter than n_fft");
  const c10::IValue* aligned = call.find("align_to_window");
  const auto window = call.optional_tensor("window");
  const std::int64_t window_length = call.integer("win_length", points);
  check_vector(call, "window", window_length);
  const bool from_window = aligned != nullptr && aligned->toBool();
  const std::int64_t first = from_window ? window_length : points;
  const c10::SymInt frames = floor_divide(length - first, hop_length(call)) + 1;
  const bool is_complex = at::isComplexType(input.scalar_type()) ||
                          (window && at::isComplexType(window->scalar_type()));
  const c10::IValue* asked = call.find("onesided");
  const bool onesided = asked != nullptr ? asked->toBool() : !is_complex;
  Sizes sizes;
  if (input.dim() == 2) sizes.push_back(input.sym_size(0));
  sizes.push_back(frequencies(points, onesided));
  sizes.push_back(frames);
  const at::ScalarType dtype = at::toComplexType(input.scalar_type());
  if (call.flag("return_complex")) return {of_sizes(std::move(sizes), dtype)};
  sizes.emplace_back(2);
  return {of_sizes(std::move(sizes), at::toRealValueType(dtype))};
}

Shapes istft(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const c10::SymInt frames = input.sym_size(input.dim() - 1);
  const std::int64_t points = call.integer("n_fft");
  const c10::IValue* asked = call.find("onesided");
  const c10::SymInt& rows = input.sym_sizes()[input.dim() - 2];
  const bool onesided =
      asked != nullptr ? asked->toBool() : !TORCH_GUARD_OR_FALSE(rows.sym_eq(points));
  check_equal(rows, frequencies(points, onesided), "frequencies");
  check_vector(call, "window", call.integer("win_length", points));
  c10::SymInt length = (frames - 1) * hop_length(call) + points;
  if (call.flag("center")) length = length - points / 2 * 2;
  if (call.has("length")) length = call.size("length");
  Sizes sizes;
  if (input.dim() == 3) sizes.push_back(input.sym_size(0));
  sizes.push_back(length);
  const bool is_complex = call.flag("return_complex");
  return {of_sizes(std::move(sizes),
                   is_complex ? input.scalar_type() : at::toRealValueType(input.scalar_type()))};
}

constexpr NamedRule kSignalRules[] = {
    {"_fft_r2c", fft_of_real}, {"_fft_c2r", fft_to_real}, {"_fft_c2c", fft}, {"stft", stft},
    {"istft", istft},
};

}  // namespace

RuleTable signal_rules() {
  return kSignalRules;
}

}  // namespace roundtrip::shapes
