#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

Shapes as_input_of_dtype(const Call& call) {
  Shape shape = like(call.tensor(std::size_t{0}));
  if (const auto dtype = call.dtype()) shape.dtype = dtype;
  return {shape};
}

void check_normalized(const Call& call) {
  const auto own = call.tensor(std::size_t{0}).sym_sizes();
  const Sizes last = call.sizes("normalized_shape");
  TORCH_CHECK(last.size() <= own.size(), "normalization over more dimensions than there are");
  for (std::size_t i = 0; i < last.size(); ++i) {
    check_equal(own[own.size() - last.size() + i], last[i], "the dimensions normalized over");
  }
}

Shapes layer_norm(const Call& call) {
  check_normalized(call);
  return as_input_of_dtype(call);
}

/// The result, and of each normalized part mean and inverse deviation.
Shapes layer_norm_with_statistics(const Call& call) {
  check_normalized(call);
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
  const bool training = call.flag("training") || call.flag("train");
  const c10::SymInt count = training ? input.sym_size(1) : c10::SymInt(0);
  Shapes shapes(call.return_count(), of_sizes({count}));
  shapes[0] = like(input);
  return shapes;
}

Shapes group_norm_with_statistics(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
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
  return gradients(call, call.sizes("normalized_shape"));
}

Shapes group_norm_backward(const Call& call) {
  return gradients(call, {call.size("C")});
}

constexpr NamedRule kNormalizationRules[] = {
    {"softmax", as_input_of_dtype},
    {"_softmax", as_input_of_dtype},
    {"log_softmax", as_input_of_dtype},
    {"_log_softmax", as_input_of_dtype},
    {"_safe_softmax", as_input_of_dtype},
    {"batch_norm", as_input_of_dtype},
    {"instance_norm", as_input_of_dtype},
    {"group_norm", as_input_of_dtype},
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
