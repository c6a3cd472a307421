#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

Shapes as_input_of_dtype(const Call& call) {
  Shape shape = like(call.tensor(std::size_t{0}));
  if (const auto dtype = call.dtype()) shape.dtype = dtype;
  return {shape};
}

void check_normalized(const Call& call, const at::Tensor& input) {
  const auto own = input.sym_sizes();
  const Sizes last = call.sizes("normalized_shape");
  TORCH_CHECK(last.size() <= own.size(), "normalization over more dimensions than there are");
  for (std::size_t i = 0; i < last.size(); ++i) {
    check_equal(own[own.size() - last.size() + i], last[i], "the dimensions normalized over");
  }
  for (const char* name : {"weight", "bias"}) {
    const auto factors = call.optional_tensor(name);
    if (factors) check_equal(factors->sym_sizes(), last, name);
  }
}

/// Vectors of as many numbers as there are channels.
void check_channels(const Call& call, const c10::SymInt& channels) {
  for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
    check_vector(call, name, channels);
  }
}

Shapes of_channels(const Call& call) {
  check_channels(call, call.tensor(std::size_t{0}).sym_size(1));
  return as_input_of_dtype(call);
}

void check_groups(const Call& call, const c10::SymInt& channels, const char* groups) {
  check_equal(channels % call.integer(groups), 0, "channels that groups leave over");
  check_channels(call, channels);
}

Shapes group_norm(const Call& call) {
  check_groups(call, call.tensor(std::size_t{0}).sym_size(1), "num_groups");
  return as_input_of_dtype(call);
}

/// That the numbers which the operator is told are those of a tensor.
void check_parts(const Call& call, const at::Tensor& tensor) {
  const c10::SymIntArrayRef sizes = tensor.sym_sizes();
  check_equal(sizes[0], call.size("N"), "a group norm's batch");
  check_equal(sizes[1], call.size("C"), "a group norm's channels");
  check_equal(product(sizes.slice(2)), call.size("HxW"), "a group norm's positions");
}

Shapes layer_norm(const Call& call) {
  check_normalized(call, call.tensor(std::size_t{0}));
  return as_input_of_dtype(call);
}

/// The result, and of each normalized part mean and inverse deviation.
Shapes layer_norm_with_statistics(const Call& call) {
  check_normalized(call, call.tensor(std::size_t{0}));
  const at::Tensor& input = call.tensor(std::size_t{0});
  Sizes statistics = sizes_of(input);
  for (std::size_t i = call.sizes("normalized_shape").size(); i > 0; --i) {
    statistics[statistics.size() - i] = 1;
  }
  return {of_sizes(sizes_of(input), input.scalar_type()), of_sizes(statistics),
          of_sizes(statistics)};
}

/// As many as there are channels; none when the running ones are used.
Shapes batch_norm_with_statistics(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  check_channels(call, input.sym_size(1));
  const bool training = call.flag("training") || call.flag("train");
  const c10::SymInt count = training ? input.sym_size(1) : c10::SymInt(0);
  Shapes shapes(call.return_count(), of_sizes({count}));
  shapes[0] = like(input);
  return shapes;
}

Shapes group_norm_with_statistics(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  check_parts(call, input);
  check_groups(call, call.size("C"), "group");
  const Shape statistics = of_sizes({call.size("N"), call.size("group")});
  return {like(input), statistics, statistics};
}

/// Gradients of input, weight and bias, as far as they are asked for.
Shapes gradients(const Call& call, Sizes of_weight) {
  Shapes shapes{like(call.tensor("input")), of_sizes(of_weight), of_sizes(of_weight)};
  const auto mask = call.find("output_mask")->toBoolList();
  for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i].defined = mask.get(i);
  return shapes;
}

Shapes layer_norm_backward(const Call& call) {
  const at::Tensor& input = call.tensor("input");
  check_equal(call.tensor("grad_out").sym_sizes(), input.sym_sizes(), "a layer norm's gradient");
  check_normalized(call, input);
  return gradients(call, call.sizes("normalized_shape"));
}

Shapes group_norm_backward(const Call& call) {
  check_parts(call, call.tensor("input"));
  check_parts(call, call.tensor("grad_out"));
  check_groups(call, call.size("C"), "group");
  for (const char* name : {"mean", "rstd"}) {
    check_equal(call.tensor(name).sym_sizes(), Sizes{call.size("N"), call.size("group")}, name);
  }
  return gradients(call, {call.size("C")});
}

constexpr NamedRule kNormalizationRules[] = {
    {"softmax", as_input_of_dtype},
    {"_softmax", as_input_of_dtype},
    {"log_softmax", as_input_of_dtype},
    {"_log_softmax", as_input_of_dtype},
    {"_safe_softmax", as_input_of_dtype},
    {"batch_norm", of_channels},
    {"instance_norm", of_channels},
    {"group_norm", group_norm},
    {"layer_norm", layer_norm},
    {"rms_norm", layer_norm},
    {"native_layer_norm", layer_norm_with_statistics},
    {"native_batch_norm", batch_norm_with_statistics},
    {"_native_batch_norm_legit", batch_norm_with_statistics},
    {"_native_batch_norm_legit_no_training", batch_norm_with_statistics},
    {"native_group_norm", group_norm_with_statistics},
    {"native_layer_norm_backward", layer_norm_backward},
    {"native_group_norm_backward", group_norm_backward},
};

}  // namespace

RuleTable normalization_rules() {
  return kNormalizationRules;
}

}  // namespace roundtrip::shapes
