#include "export/shapes/rules/rules.h"

#include <string>
#include <unordered_map>

#include "export/operators/per_operator.h"
#include "export/operators/schema.h"
#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/view_arguments.h"

namespace roundtrip::shapes {
namespace {

using RuleMap = std::unordered_map<std::string_view, Rule>;

RuleMap make_rules() {
  RuleMap rules;
  for (const RuleTable table :
       {attention_rules(), collective_rules(),    convolution_rules(), factory_rules(),
        indexing_rules(),  joining_rules(),       linalg_rules(),      loss_rules(),
        matmul_rules(),    normalization_rules(), pointwise_rules(),   pooling_rules(),
        recurrent_rules(), reduction_rules(),     resampling_rules(),  reshape_rules(),
        signal_rules(),    slice_rules(),         sorting_rules(),     view_rules()}) {
    for (const NamedRule& named : table) rules.emplace(named.name, named.rule);
  }
  return rules;
}

const RuleMap& all_rules() {
  static const RuleMap kRules = make_rules();
  return kRules;
}

Rule look_up(std::string_view name) {
  const auto found = all_rules().find(name);
  return found == all_rules().end() ? nullptr : found->second;
}

bool writes_first(const c10::FunctionSchema& schema) {
  return !schema.arguments().empty() && is_written(schema.arguments()[0]);
}

Shapes first_as_it_is(const Call& call) {
  return {same_layout(call.tensor(std::size_t{0}))};
}

/// Of an in-place operator: what the functional one asks of sizes, and the layout that
/// the tensor has anyway.
Shapes in_place(const Call& call) {
  std::string_view name = std::string_view(call.schema().name()).substr(6);
  const Rule functional = look_up(name.substr(0, name.size() - 1));
  if (functional != nullptr) functional(call);
  return first_as_it_is(call);
}

/// In-place operators that change the layout.
bool changes_layout(std::string_view functional) {
  static constexpr std::string_view kNames[] = {"squeeze",  "unsqueeze", "transpose", "t",
                                                "swapdims", "swapaxes",  "as_strided"};
  return std::find(std::begin(kNames), std::end(kNames), functional) != std::end(kNames);
}

Rule look_up(const c10::OperatorHandle& op) {
  const c10::FunctionSchema& schema = op.schema();
  const std::string& full = schema.name();
  if (!full.starts_with("aten::")) return look_up(full);
  const std::string_view name = std::string_view(full).substr(6);
  const Rule exact = look_up(std::string(name) + "." + schema.overload_name());
  if (exact != nullptr) return exact;
  if (const Rule rule = look_up(name)) return rule;
  if (!name.ends_with('_') || !writes_first(schema)) return nullptr;
  const std::string_view functional = name.substr(0, name.size() - 1);
  return changes_layout(functional) ? look_up(functional) : in_place;
}

}  // namespace

Rule find_rule(const c10::OperatorHandle& op) {
  static auto& rules = *new PerOperator<Rule>(look_up);
  return rules.of(op);
}

bool is_of_libtorch(const c10::OperatorHandle& op) {
  const std::string& name = op.schema().name();
  return name.starts_with("aten::") || name.starts_with("prims::") || find_rule(op) != nullptr;
}

std::vector<std::string_view> names_with_rules() {
  std::vector<std::string_view> names;
  for (const auto& [name, rule] : all_rules()) names.push_back(name);
  return names;
}

Shape same_layout(const at::Tensor& tensor) {
  return {sizes_of(tensor), tensor.sym_strides().vec(), tensor.sym_storage_offset(),
          tensor.scalar_type()};
}

Shape like(const at::Tensor& tensor) {
  return {sizes_of(tensor), preserved_strides(tensor.sym_sizes(), tensor.sym_strides()), 0,
          tensor.scalar_type()};
}

Shapes as_first(const Call& call) {
  return {like(call.tensor(std::size_t{0}))};
}

Shape of_sizes(Sizes sizes, std::optional<at::ScalarType> dtype) {
  return {std::move(sizes), std::nullopt, 0, dtype};
}

}  // namespace roundtrip::shapes
