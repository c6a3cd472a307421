#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

struct Convolution {
  Sizes input;   ///< of a batch
  Sizes weight;  ///< output channels (of a transposed one: input channels) first
  Sizes stride, padding, dilation, output_padding;
  c10::SymInt groups = 1;
  bool transposed = false;
};

c10::SymInt output_length(const Convolution& of, std::size_t i) {
  const c10::SymInt& length = of.input[i + 2];
  const c10::SymInt reach = per_dim(of.dilation, i) * (of.weight[i + 2] - 1);
  const c10::SymInt& stride = per_dim(of.stride, i);
  const c10::SymInt padding = per_dim(of.padding, i) * 2;
  if (!of.transposed) return floor_divide(length + padding - reach - 1, stride) + 1;
  const c10::SymInt extra = of.output_padding.empty() ? 0 : per_dim(of.output_padding, i);
  return (length - 1) * stride - padding + reach + extra + 1;
}

c10::SymInt output_channels(const Convolution& of) {
  return of.transposed ? of.groups * of.weight[1] : of.weight[0];
}

void check_channels(const Convolution& of) {
  const c10::SymInt& channels = of.input[of.input.size() + 1 - of.weight.size()];
  check_equal(of.transposed ? of.weight[0] : of.weight[1] * of.groups, channels,
              "a convolution's channels");
}

void check_kernel_fits(const Convolution& of) {
  c10::SymBool fits = true;
  for (std::size_t i = 0; i + 2 < of.input.size(); ++i) {
    const c10::SymInt kernel = per_dim(of.dilation, i) * (of.weight[i + 2] - 1) + 1;
    const c10::SymInt padded = of.input[i + 2] + per_dim(of.padding, i) * 2;
    fits = i == 0 ? padded.sym_ge(kernel) : fits.sym_and(padded.sym_ge(kernel));
  }
  TORCH_SYM_CHECK(fits, "a convolution's kernel is larger than its input");
}

/// As Python's `calc_conv_nd_return_shape`.
Sizes convolved(const Convolution& of) {
  TORCH_CHECK(of.input.size() == of.weight.size(), "a convolution's weight of another rank");
  check_channels(of);
  if (!of.transposed) check_kernel_fits(of);
  Sizes result{of.input[0], output_channels(of)};
  c10::SymBool any = false;
  for (std::size_t i = 0; i + 2 < of.input.size(); ++i) {
    result.push_back(output_length(of, i));
    any = i == 0 ? result.back().sym_gt(0) : any.sym_or(result.back().sym_gt(0));
  }
  TORCH_SYM_CHECK(any, "a convolution's result is empty");
  return result;
}

/// Puts a batch dimension before an input that lacks it, and takes it from the result.
Shapes run(const Call& call, Convolution of) {
  check_vector(call, "bias", output_channels(of));
  const bool lone = of.input.size() + 1 == of.weight.size();
  if (lone) of.input.insert(of.input.begin(), 1);
  Sizes result = convolved(of);
  if (lone) result.erase(result.begin());
  return {of_sizes(std::move(result))};
}

Convolution convolution_of(const Call& call) {
  return {sizes_of(call.tensor(std::size_t{0})),
          sizes_of(call.tensor(1)),
          call.sizes("stride"),
          call.sizes("padding"),
          call.sizes("dilation"),
          call.sizes("output_padding"),
          call.size("groups"),
          call.flag("transposed")};
}

Shapes convolution(const Call& call) {
  return run(call, convolution_of(call));
}

/// `padding` is a word: "same" keeps the lengths, "valid" pads nothing.
Shapes convolution_with_mode(const Call& call) {
  const bool same = call.text("padding") == "same";
  const Sizes input = sizes_of(call.tensor(std::size_t{0}));
  Convolution of{input,
                 sizes_of(call.tensor(1)),
                 call.sizes("stride"),
                 {0},
                 call.sizes("dilation"),
                 {},
                 call.size("groups"),
                 false};
  if (!same) return run(call, of);
  check_channels(of);
  check_vector(call, "bias", output_channels(of));
  Sizes result = input;
  result[input.size() - of.weight.size() + 1] = of.weight[0];
  return {of_sizes(std::move(result))};
}

Shapes transposed_convolution(const Call& call) {
  Convolution of = convolution_of(call);
  of.transposed = true;
  return run(call, of);
}

Shapes convolution_backward(const Call& call) {
  Convolution of = convolution_of(call);
  of.input = sizes_of(call.tensor("input"));
  of.weight = sizes_of(call.tensor("weight"));
  check_equal(call.tensor("grad_output").sym_sizes(), convolved(of), "a convolution's gradient");
  Shapes shapes{of_sizes(sizes_of(call.tensor("input"))), of_sizes(sizes_of(call.tensor("weight"))),
                of_sizes({call.tensor("grad_output").sym_size(1)})};
  const auto mask = call.find("output_mask")->toBoolList();
  for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i].defined = mask.get(i);
  return shapes;
}

constexpr NamedRule kConvolutionRules[] = {
    {"convolution", convolution},
    {"_convolution", convolution},
    {"convolution_overrideable", convolution},
    {"_convolution_mode", convolution_with_mode},
    {"conv1d", convolution},
    {"conv2d", convolution},
    {"conv3d", convolution},
    {"conv1d.padding", convolution_with_mode},
    {"conv2d.padding", convolution_with_mode},
    {"conv3d.padding", convolution_with_mode},
    {"conv_transpose1d", transposed_convolution},
    {"conv_transpose2d", transposed_convolution},
    {"conv_transpose3d", transposed_convolution},
    {"convolution_backward", convolution_backward},
};

}  // namespace

RuleTable convolution_rules() {
  return kConvolutionRules;
}

}  // namespace roundtrip::shapes
