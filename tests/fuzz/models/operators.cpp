#include "operators.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <roundtrip/decompositions.h>

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace roundtrip::fuzz {
namespace {

using c10::TypeKind;

/// Not on the CPU, not of plain tensors, of data or chance, or of memory that nobody filled (by
/// kernels of some polynomials, too, where their argument is not a number).
constexpr std::array kLeftOut = {
    "sparse",     "quant",         "mkldnn",    "cudnn",       "miopen",    "cuda",
    "nested",     "backward",      "fbgemm",    "empty",       "from_file", "rename",
    "names",      "requires_grad", "retain",    "resize",      "coalesce",  "_indices",
    "set_",       "record_stream", "padded",    "int_repr",    "q_per",     "lift",
    "pin_memory", "align",         "dense_dim", "infer_type",  "_copy",     "to_mkl",
    "is_set",     "batch_norm_",   "fake_",     "values",      "data",      "as_strided",
    "rrelu",      "dropout",       "swap",      "sum_to_size", "unsafe",    "ctc_loss",
    "_inverse",   "polynomial",    "detach_",   "qparams",     "zeta",      "nuclear"};

bool is_tensors(const c10::Type& type) {
  if (type.kind() == TypeKind::TensorType) return true;
  const auto* list = type.castRaw<c10::ListType>();
  return list != nullptr && list->getElementType()->kind() == TypeKind::TensorType;
}

bool is_candidate(const c10::OperatorHandle& op) {
  const auto& schema = op.schema();
  const std::string& name = schema.name();
  if (!name.starts_with("aten::") || name[6] == '_' || name == "aten::set") return false;
  // Data says how many tensors this gives.
  if (schema.overload_name() == "tensor_indices_or_sections") return false;
  for (const char* part : kLeftOut) {
    if (name.find(part, 6) != std::string::npos) return false;
  }
  for (const at::Tag tag : {at::Tag::nondeterministic_seeded, at::Tag::data_dependent_output,
                            at::Tag::dynamic_output_shape}) {
    if (op.hasTag(tag)) return false;
  }
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const c10::AliasInfo* alias = schema.arguments()[i].alias_info();
    if (i > 0 && alias != nullptr && alias->isWrite()) return false;
  }
  const auto& returns = schema.returns();
  return !returns.empty() && !schema.arguments().empty() &&
         std::all_of(returns.begin(), returns.end(),
                     [](const c10::Argument& result) { return is_tensors(*result.type()); });
}

using Operators = std::vector<c10::OperatorHandle>;

/// Those of the operators that are candidates, in an order that is the same in each run.
Operators candidates_of(std::vector<c10::OperatorName> names) {
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.overload_name) < std::tie(b.name, b.overload_name);
  });
  Operators found;
  for (const c10::OperatorName& name : names) {
    const auto op = c10::Dispatcher::singleton().findSchema(name);
    if (op && is_candidate(*op)) found.push_back(*op);
  }
  return found;
}

const Operators& all_candidates() {
  static const Operators kAll = candidates_of(c10::Dispatcher::singleton().getAllOpNames());
  return kAll;
}

/// Those that a decomposition has rules for.
const Operators& decomposed_candidates() {
  static const Operators kDecomposed = candidates_of(default_decompositions().operators());
  return kDecomposed;
}

struct Name {
  const char* name;
  const char* overload = "";
};

constexpr Name kCommon[] = {{"add", "Tensor"},
                            {"mul", "Tensor"},
                            {"sub", "Tensor"},
                            {"div", "Tensor"},
                            {"maximum"},
                            {"where", "self"},
                            {"relu"},
                            {"sigmoid"},
                            {"exp"},
                            {"tanh"},
                            {"gelu"},
                            {"softmax", "int"},
                            {"sum"},
                            {"sum", "dim_IntList"},
                            {"mean", "dim"},
                            {"amax"},
                            {"argmax"},
                            {"cumsum"},
                            {"matmul"},
                            {"mm"},
                            {"bmm"},
                            {"linear"},
                            {"conv1d"},
                            {"conv2d"},
                            {"max_pool2d"},
                            {"view"},
                            {"reshape"},
                            {"permute"},
                            {"transpose", "int"},
                            {"unsqueeze"},
                            {"squeeze", "dim"},
                            {"expand"},
                            {"repeat"},
                            {"flatten", "using_ints"},
                            {"select", "int"},
                            {"slice", "Tensor"},
                            {"narrow"},
                            {"chunk"},
                            {"split", "Tensor"},
                            {"unbind", "int"},
                            {"cat"},
                            {"stack"},
                            {"pad"},
                            {"index", "Tensor"},
                            {"index_select"},
                            {"gather"},
                            {"flip"},
                            {"roll"},
                            {"clone"},
                            {"t"},
                            {"contiguous"},
                            {"to", "dtype"},
                            {"add_", "Tensor"},
                            {"mul_", "Tensor"},
                            {"copy_"},
                            {"fill_", "Scalar"},
                            {"zero_"},
                            {"relu_"},
                            {"masked_fill_", "Scalar"},
                            {"layer_norm"},
                            {"full_like"},
                            {"new_zeros"},
                            {"arange"},
                            {"zeros"},
                            {"diagonal"},
                            {"unfold"},
                            {"detach"},
                            {"eq", "Tensor"},
                            {"lt", "Scalar"},
                            {"logical_not"},
                            {"clamp"},
                            {"pow", "Tensor_Scalar"},
                            {"einsum"},
                            {"unflatten", "int"},
                            {"movedim", "int"},
                            {"view_as"},
                            {"expand_as"}};

constexpr Name kViews[] = {{"select", "int"},
                           {"slice", "Tensor"},
                           {"slice", "Tensor"},
                           {"narrow"},
                           {"transpose", "int"},
                           {"permute"},
                           {"diagonal"},
                           {"unsqueeze"},
                           {"squeeze"},
                           {"squeeze", "dim"},
                           {"view"},
                           {"view_as"},
                           {"reshape"},
                           {"flatten", "using_ints"},
                           {"unflatten", "int"},
                           {"unfold"},
                           {"split", "Tensor"},
                           {"chunk"},
                           {"unbind", "int"},
                           {"movedim", "int"},
                           {"alias"},
                           {"detach"},
                           {"t"}};

constexpr Name kWrites[] = {{"add_", "Tensor"},
                            {"sub_", "Tensor"},
                            {"mul_", "Scalar"},
                            {"add_", "Scalar"},
                            {"copy_"},
                            {"fill_", "Scalar"},
                            {"fill_", "Tensor"},
                            {"zero_"},
                            {"relu_"},
                            {"clamp_"},
                            {"neg_"},
                            {"sigmoid_"},
                            {"masked_fill_", "Scalar"},
                            {"index_fill_", "int_Scalar"},
                            {"index_put_"},
                            {"scatter_", "value"},
                            {"index_add_"},
                            {"lerp_", "Scalar"},
                            {"bitwise_or_", "Tensor"},
                            {"logical_not_"},
                            {"addcmul_"},
                            {"pow_", "Scalar"},
                            {"cumsum_"},
                            {"tril_"}};

c10::OperatorHandle find(const Name& name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow((std::string("aten::") + name.name).c_str(),
                                                        name.overload);
}

}  // namespace

c10::OperatorHandle pick_operator(Random& random) {
  const std::int64_t chance = random.between(1, 100);
  if (chance <= 35) return random.pick(all_candidates());
  return chance <= 50 ? random.pick(decomposed_candidates()) : find(random.pick(kCommon));
}

c10::OperatorHandle pick_view(Random& random) {
  return find(random.pick(kViews));
}

c10::OperatorHandle pick_write(Random& random) {
  return find(random.pick(kWrites));
}

}  // namespace roundtrip::fuzz
