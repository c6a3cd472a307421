#include <ATen/ScalarOps.h>
#include <ATen/native/TypeProperties.h>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

at::ScalarType promoted(const Call& call) {
  at::native::ResultTypeState state = {};
  for (const at::Tensor& tensor : call.inputs()) {
    state = at::native::update_result_type_state(tensor, state);
  }
  const at::ScalarType of_tensors = at::native::result_type(state);
  for (const std::string_view name : {"other", "value"}) {
    const c10::IValue* scalar = call.find(name);
    if (scalar == nullptr || !scalar->isDouble() || at::isFloatingType(of_tensors)) continue;
    if (!at::isComplexType(of_tensors)) return at::typeMetaToScalarType(at::get_default_dtype());
  }
  return of_tensors;
}

at::ScalarType as_float(at::ScalarType type) {
  return at::isIntegralType(type, true) ? at::typeMetaToScalarType(at::get_default_dtype()) : type;
}

/// The strides of the first input that has all the result's sizes.
std::optional<Sizes> input_strides(const std::vector<at::Tensor>& inputs, const Sizes& sizes) {
  for (const at::Tensor& tensor : inputs) {
    if (static_cast<std::size_t>(tensor.dim()) == sizes.size() &&
        known_equal(tensor.sym_sizes(), sizes)) {
      return preserved_strides(sizes, tensor.sym_strides());
    }
  }
  return std::nullopt;
}

Sizes common_sizes(const std::vector<at::Tensor>& inputs) {
  if (inputs.size() == 1) return sizes_of(inputs[0]);
  std::vector<Sizes> shapes;
  for (const at::Tensor& tensor : inputs) shapes.push_back(sizes_of(tensor));
  return broadcast(shapes);
}

Shapes elementwise(const Call& call, Sizes sizes, at::ScalarType dtype) {
  auto strides = input_strides(call.inputs(), sizes);
  const Shape shape{std::move(sizes), std::move(strides), 0, dtype};
  return Shapes(call.return_count(), shape);
}

/// Of the inputs' promoted dtype.
Shapes pointwise(const Call& call) {
  return elementwise(call, common_sizes(call.inputs()), call.dtype().value_or(promoted(call)));
}

Shapes float_pointwise(const Call& call) {
  return elementwise(call, common_sizes(call.inputs()), as_float(promoted(call)));
}

Shapes real_pointwise(const Call& call) {
  return elementwise(call, common_sizes(call.inputs()),
                     at::toRealValueType(as_float(promoted(call))));
}

Shapes complex_pointwise(const Call& call) {
  return elementwise(call, common_sizes(call.inputs()), at::toComplexType(promoted(call)));
}

Shapes bool_pointwise(const Call& call) {
  return elementwise(call, common_sizes(call.inputs()), at::kBool);
}

/// Add, subtract, multiply, divide: Python has a faster way of broadcasting for them.
Sizes arithmetic_sizes(const Call& call) {
  const auto inputs = call.inputs();
  if (inputs.size() != 2) return common_sizes(inputs);
  return broadcast_pair(inputs[0].sym_sizes(), inputs[1].sym_sizes());
}

Shapes arithmetic(const Call& call) {
  return elementwise(call, arithmetic_sizes(call), promoted(call));
}

Shapes divide(const Call& call) {
  const bool rounds = call.has("rounding_mode");
  const at::ScalarType dtype = promoted(call);
  return elementwise(call, arithmetic_sizes(call), rounds ? dtype : as_float(dtype));
}

Shapes where(const Call& call) {
  if (!call.has("self")) TORCH_CHECK_NOT_IMPLEMENTED(false, "where without values");
  at::native::ResultTypeState state = {};
  for (const std::string_view name : {"self", "other"}) {
    if (const auto tensor = call.optional_tensor(name)) {
      state = at::native::update_result_type_state(*tensor, state);
    }
  }
  return elementwise(call, common_sizes(call.inputs()), at::native::result_type(state));
}

Shapes into_first(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  const auto inputs = call.inputs();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    broadcast({sizes_of(self), sizes_of(inputs[i])});
  }
  return {like(self)};
}

/// The second is expanded to the first.
Shapes second_into_first(const Call& call) {
  const at::Tensor& first = call.tensor(std::size_t{0});
  check_expands(call.tensor(1).sym_sizes(), first.sym_sizes(), "tensors of one operator");
  return {like(first)};
}

Shapes of_equals(const Call& call) {
  check_equal(call.tensor(std::size_t{0}).sym_sizes(), call.tensor(1).sym_sizes(),
              "tensors of one operator");
  return as_first(call);
}

/// A copy of the first input's memory, gaps and all, with the other's values.
Shapes copy(const Call& call) {
  into_first(call);
  return {same_layout(call.tensor(std::size_t{0}))};
}

/// One half gates the other.
Shapes halves(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  c10::SymInt& size = sizes[wrap_dim(call.integer("dim"), sizes.size())];
  TORCH_SYM_CHECK((size % 2).sym_eq(0), "glu: the size of the dimension must be even");
  size = floor_divide(size, 2);
  return {of_sizes(std::move(sizes))};
}

Shapes is_in(const Call& call) {
  const auto elements = call.optional_tensor("elements");
  return {of_sizes(elements ? sizes_of(*elements) : Sizes{}, at::kBool)};
}

/// A result, and the noise that was drawn for it.
Shapes with_noise(const Call& call) {
  return {of_equals(call)[0], like(call.tensor(std::size_t{1}))};
}

Shapes dropout_with_mask(const Call& call) {
  Shape mask = like(call.tensor(std::size_t{0}));
  mask.dtype = at::kBool;
  return {like(call.tensor(std::size_t{0})), mask};
}

constexpr NamedRule kPointwiseRules[] = {
    {"rrelu_with_noise_functional", with_noise},
    {"add", arithmetic},
    {"sub", arithmetic},
    {"subtract", arithmetic},
    {"mul", arithmetic},
    {"multiply", arithmetic},
    {"rsub", arithmetic},
    {"div", divide},
    {"divide", divide},
    {"true_divide", divide},
    {"floor_divide", arithmetic},
    {"remainder", pointwise},
    {"fmod", pointwise},
    {"pow", pointwise},
    {"float_power", float_pointwise},
    {"maximum", pointwise},
    {"minimum", pointwise},
    {"max.other", pointwise},
    {"min.other", pointwise},
    {"fmax", pointwise},
    {"fmin", pointwise},
    {"atan2", float_pointwise},
    {"arctan2", float_pointwise},
    {"hypot", pointwise},
    {"copysign", float_pointwise},
    {"nextafter", pointwise},
    {"gcd", pointwise},
    {"lcm", pointwise},
    {"logaddexp", float_pointwise},
    {"logaddexp2", float_pointwise},
    {"ldexp", float_pointwise},
    {"xlogy", float_pointwise},
    {"special_xlogy", float_pointwise},
    {"special_xlog1py", float_pointwise},
    {"special_zeta", float_pointwise},
    {"heaviside", pointwise},
    {"lerp", pointwise},
    {"addcmul", pointwise},
    {"addcdiv", pointwise},
    {"clamp", pointwise},
    {"clip", pointwise},
    {"clamp_min", pointwise},
    {"clamp_max", pointwise},
    {"where", where},
    {"bitwise_and", pointwise},
    {"bitwise_or", pointwise},
    {"bitwise_xor", pointwise},
    {"bitwise_not", pointwise},
    {"bitwise_left_shift", pointwise},
    {"bitwise_right_shift", pointwise},
    {"__and__", pointwise},
    {"__or__", pointwise},
    {"__xor__", pointwise},
    {"__lshift__", pointwise},
    {"__rshift__", pointwise},
    {"eq", bool_pointwise},
    {"ne", bool_pointwise},
    {"not_equal", bool_pointwise},
    {"lt", bool_pointwise},
    {"less", bool_pointwise},
    {"le", bool_pointwise},
    {"less_equal", bool_pointwise},
    {"gt", bool_pointwise},
    {"greater", bool_pointwise},
    {"ge", bool_pointwise},
    {"greater_equal", bool_pointwise},
    {"isclose", bool_pointwise},
    {"logical_and", bool_pointwise},
    {"logical_or", bool_pointwise},
    {"logical_xor", bool_pointwise},
    {"logical_not", bool_pointwise},
    {"isnan", bool_pointwise},
    {"isinf", bool_pointwise},
    {"isfinite", bool_pointwise},
    {"isposinf", bool_pointwise},
    {"isneginf", bool_pointwise},
    {"isreal", bool_pointwise},
    {"signbit", bool_pointwise},
    {"abs", pointwise},
    {"absolute", pointwise},
    {"neg", pointwise},
    {"negative", pointwise},
    {"positive", as_first},
    {"sign", pointwise},
    {"sgn", pointwise},
    {"square", pointwise},
    {"floor", pointwise},
    {"ceil", pointwise},
    {"trunc", pointwise},
    {"fix", pointwise},
    {"round", pointwise},
    {"frac", pointwise},
    {"relu", pointwise},
    {"relu6", pointwise},
    {"hardtanh", pointwise},
    {"threshold", pointwise},
    {"elu", pointwise},
    {"selu", pointwise},
    {"celu", pointwise},
    {"gelu", pointwise},
    {"silu", pointwise},
    {"mish", pointwise},
    {"hardswish", pointwise},
    {"hardsigmoid", pointwise},
    {"hardshrink", pointwise},
    {"softshrink", pointwise},
    {"softplus", pointwise},
    {"leaky_relu", pointwise},
    {"rrelu", pointwise},
    {"rrelu_with_noise", of_equals},
    {"log_sigmoid", pointwise},
    {"nan_to_num", pointwise},
    {"conj_physical", pointwise},
    {"sqrt", float_pointwise},
    {"rsqrt", float_pointwise},
    {"reciprocal", float_pointwise},
    {"exp", float_pointwise},
    {"exp2", float_pointwise},
    {"expm1", float_pointwise},
    {"log", float_pointwise},
    {"log2", float_pointwise},
    {"log10", float_pointwise},
    {"log1p", float_pointwise},
    {"sin", float_pointwise},
    {"cos", float_pointwise},
    {"tan", float_pointwise},
    {"asin", float_pointwise},
    {"acos", float_pointwise},
    {"atan", float_pointwise},
    {"sinh", float_pointwise},
    {"cosh", float_pointwise},
    {"tanh", float_pointwise},
    {"asinh", float_pointwise},
    {"acosh", float_pointwise},
    {"atanh", float_pointwise},
    {"arcsin", float_pointwise},
    {"arccos", float_pointwise},
    {"arctan", float_pointwise},
    {"arcsinh", float_pointwise},
    {"arccosh", float_pointwise},
    {"arctanh", float_pointwise},
    {"sigmoid", float_pointwise},
    {"logit", float_pointwise},
    {"erf", float_pointwise},
    {"erfc", float_pointwise},
    {"erfinv", float_pointwise},
    {"lgamma", float_pointwise},
    {"digamma", float_pointwise},
    {"polygamma", float_pointwise},
    {"i0", float_pointwise},
    {"sinc", float_pointwise},
    {"angle", real_pointwise},
    {"complex", complex_pointwise},
    {"polar", complex_pointwise},
    {"igamma", float_pointwise},
    {"igammac", float_pointwise},
    {"normal.Tensor_float", pointwise},
    {"normal.float_Tensor", pointwise},
    {"normal.Tensor_Tensor", pointwise},
    {"special_airy_ai", float_pointwise},
    {"special_bessel_j0", float_pointwise},
    {"special_bessel_j1", float_pointwise},
    {"special_bessel_y0", float_pointwise},
    {"special_bessel_y1", float_pointwise},
    {"special_modified_bessel_i0", float_pointwise},
    {"special_modified_bessel_i1", float_pointwise},
    {"special_modified_bessel_k0", float_pointwise},
    {"special_modified_bessel_k1", float_pointwise},
    {"special_scaled_modified_bessel_k0", float_pointwise},
    {"special_scaled_modified_bessel_k1", float_pointwise},
    {"special_spherical_bessel_j0", float_pointwise},
    {"special_erfcx", float_pointwise},
    {"special_ndtri", float_pointwise},
    {"special_log_ndtr", float_pointwise},
    {"special_entr", float_pointwise},
    {"special_i0e", float_pointwise},
    {"special_i1", float_pointwise},
    {"special_i1e", float_pointwise},
    {"special_chebyshev_polynomial_t", float_pointwise},
    {"special_chebyshev_polynomial_u", float_pointwise},
    {"special_chebyshev_polynomial_v", float_pointwise},
    {"special_chebyshev_polynomial_w", float_pointwise},
    {"special_shifted_chebyshev_polynomial_t", float_pointwise},
    {"special_shifted_chebyshev_polynomial_u", float_pointwise},
    {"special_shifted_chebyshev_polynomial_v", float_pointwise},
    {"special_shifted_chebyshev_polynomial_w", float_pointwise},
    {"special_hermite_polynomial_h", float_pointwise},
    {"special_hermite_polynomial_he", float_pointwise},
    {"special_laguerre_polynomial_l", float_pointwise},
    {"special_legendre_polynomial_p", float_pointwise},
    {"deg2rad", float_pointwise},
    {"rad2deg", float_pointwise},
    {"frexp", pointwise},
    {"masked_fill", into_first},
    {"fill", into_first},
    {"copy", copy},
    {"masked_scatter", into_first},
    {"dropout", as_first},
    {"feature_dropout", as_first},
    {"alpha_dropout", as_first},
    {"feature_alpha_dropout", as_first},
    {"native_dropout", dropout_with_mask},
    {"native_dropout_backward", of_equals},
    {"_softmax_backward_data", of_equals},
    {"_log_softmax_backward_data", of_equals},
    {"_prelu_kernel", second_into_first},
    {"glu", halves},
    {"isin", is_in},
    {"bernoulli", as_first},
    {"normal_functional", as_first},
    {"tril", as_first},
    {"triu", as_first},
};

}  // namespace

RuleTable pointwise_rules() {
  return kPointwiseRules;
}

}  // namespace roundtrip::shapes
