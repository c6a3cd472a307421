#include <algorithm>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

using at::Tensor;

/// Zeros before and after each dimension but the first, and `count` numbers after that one.
Sizes padding_behind(const Tensor& x, const c10::SymInt& count) {
  Sizes padding(static_cast<std::size_t>(2 * (x.dim() - 1)), 0);
  padding.emplace_back(0);
  padding.push_back(count);
  return padding;
}

Tensor pad_sequence(const std::vector<Tensor>& sequences, bool batch_first, double padding,
                    const std::string& side) {
  c10::SymInt longest = sequences.front().sym_size(0);
  for (const Tensor& sequence : sequences) longest = longest.max(sequence.sym_size(0));
  Sizes sizes{static_cast<std::int64_t>(sequences.size()), longest};
  if (!batch_first) std::swap(sizes[0], sizes[1]);
  for (std::int64_t i = 1; i < sequences.front().dim(); ++i) {
    sizes.push_back(sequences.front().sym_size(i));
  }
  Tensor result = sequences.front().new_full_symint(sizes, padding);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    Sizes around = padding_behind(sequences[i], longest - sequences[i].sym_size(0));
    if (side == "left") std::swap(around[around.size() - 2], around.back());
    const Tensor sequence = in_type(sequences[i], result.scalar_type());
    const Tensor row = at::constant_pad_nd_symint(sequence, around, padding);
    result =
        at::select_scatter_symint(result, row, batch_first ? 0 : 1, static_cast<std::int64_t>(i));
  }
  return result;
}

/// What overlapping frames add up to, along the second dimension.
Tensor overlapped(const Tensor& frames, const c10::SymInt& length, std::int64_t n_fft,
                  std::int64_t hop) {
  return at::unfold_backward_symint(frames, {frames.sym_size(0), length}, 1, n_fft, hop);
}

/// The window that frames are multiplied by, as long as they are.
Tensor full_window(const std::optional<Tensor>& window, const Tensor& spectrum, std::int64_t width,
                   std::int64_t n_fft) {
  const auto dtype = c10::toRealValueType(spectrum.scalar_type());
  const Tensor given =
      window && window->defined() ? *window : at::ones({width}, spectrum.options().dtype(dtype));
  const std::int64_t left = (n_fft - width) / 2;
  return width == n_fft ? given : at::constant_pad_nd(given, {left, n_fft - width - left}, 0);
}

/// `frames` are in the last but one dimension. As Python, it leaves out a look at the values of
/// the window.
Tensor frames_of(Tensor spectrum, std::int64_t n_fft, bool normalized, bool onesided,
                 bool return_complex) {
  const auto norm = normalized ? std::optional<c10::string_view>("ortho") : std::nullopt;
  if (return_complex) return at::fft_ifft(spectrum, std::nullopt, -1, norm);
  if (!onesided) spectrum = at::narrow(spectrum, -1, 0, n_fft / 2 + 1);
  return at::fft_irfft(spectrum, std::nullopt, -1, norm);
}

Tensor istft(const Tensor& spectrum, std::int64_t n_fft, std::optional<std::int64_t> hop_length,
             std::optional<std::int64_t> win_length, const std::optional<Tensor>& given_window,
             bool center, bool normalized, std::optional<bool> onesided,
             std::optional<std::int64_t> length, bool return_complex) {
  const std::int64_t hop = hop_length.value_or(n_fft / 4);
  const Tensor window = full_window(given_window, spectrum, win_length.value_or(n_fft), n_fft);
  const Tensor batch = spectrum.dim() == 2 ? at::unsqueeze(spectrum, 0) : spectrum;
  const c10::SymInt count = batch.sym_size(2), whole = (count - 1) * hop + n_fft;
  const bool is_onesided = onesided ? *onesided : batch.sym_size(1) != n_fft;
  const Tensor frames =
      at::mul(frames_of(at::transpose(batch, 1, 2), n_fft, normalized, is_onesided, return_complex),
              window.view({1, 1, n_fft}));
  const Tensor envelope = window.pow(2).expand_symint({1, count, n_fft});
  const c10::SymInt start = center ? n_fft / 2 : 0;
  const c10::SymInt end = length ? start + *length : center ? whole - n_fft / 2 : whole;
  Tensor signal = at::div(at::slice_symint(overlapped(frames, whole, n_fft, hop), 1, start, end),
                          at::slice_symint(overlapped(envelope, whole, n_fft, hop), 1, start, end));
  if (spectrum.dim() == 2) signal = at::squeeze(signal, 0);
  return end > whole ? at::constant_pad_nd_symint(signal, {0, end - whole}, 0) : signal;
}

}  // namespace

void add_sequence_rules(DecompositionTable& table) {
  table.add("aten::istft", rule(istft));
  table.add("aten::pad_sequence", rule(pad_sequence));
}

}  // namespace roundtrip
