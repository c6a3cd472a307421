#include "export/operators/facts.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/enum_tag.h>

#include <unordered_map>

#include "export/graph/target.h"
#include "export/operators/per_operator.h"
#include "export/operators/schema.h"

namespace roundtrip {
namespace {

using Arguments = c10::ArrayRef<c10::IValue>;

bool always(Arguments) {
  return true;
}
bool never(Arguments) {
  return false;
}

template <std::size_t kIndex>
bool is_none(Arguments arguments) {
  return arguments[kIndex].isNone();
}

/// Which of the tensors that index another are masks.
struct Indices {
  std::size_t masks = 0;
  std::size_t others = 0;

  explicit Indices(const c10::IValue& list) {
    for (const c10::IValue& index : list.toListRef()) {
      if (!index.isTensor() || !index.toTensor().defined()) continue;
      ++(is_mask(index) ? masks : others);
    }
  }
};

/// `x[mask]` has as many rows as the mask has ones.
bool is_indexed_by_masks(Arguments arguments) {
  return Indices(arguments[1]).masks > 0;
}

/// One mask and otherwise whole dimensions.
bool is_indexed_by_one_mask(Arguments arguments) {
  const Indices indices(arguments[1]);
  return indices.masks == 1 && indices.others == 0;
}

/// Of others `is_nonzero` itself says what is wrong.
bool has_one_element(Arguments arguments) {
  return arguments[0].toTensor().sym_numel().maybe_as_int().value_or(1) == 1;
}

/// `equal(x, x)` is true whatever the data, and torch::nn's attention asks for it.
bool are_two_tensors(Arguments arguments) {
  return !arguments[0].toTensor().is_same(arguments[1].toTensor());
}

bool counts_classes(Arguments arguments) {
  return arguments[1].toInt() < 0;
}

/// Whether `linalg_lstsq` gives residuals depends on ranks for these drivers.
bool looks_at_ranks(Arguments arguments) {
  if (arguments[3].isNone()) return false;
  const std::string& driver = arguments[3].toStringRef();
  return driver == "gelsd" || driver == "gelss";
}

/// What schemas and tags do not say. Without `takes_from_data` the tags tell; with it, they say
/// too little, or too much.
struct Entry {
  ArgumentsTest takes_from_data = nullptr;
  DataLayout layout = DataLayout::none;
  ArgumentsTest has_layout = nullptr;  ///< where it is less than data decides
  SpecialOperator special = SpecialOperator::none;
  HiddenEffect hidden = HiddenEffect::none;
};

Entry special(SpecialOperator special) {
  return {.special = special};
}
Entry hidden(HiddenEffect effect) {
  return {.hidden = effect};
}

using Table = std::unordered_map<c10::OperatorName, Entry>;

/// The operators of `FunctionalTensor.maybe_aliasing_or_mutating_ops` in Python are hidden ones.
const Table& table() {
  using enum DataLayout;
  using Special = SpecialOperator;
  using Hidden = HiddenEffect;
  static const Table kTable = {
      {{"aten::nonzero", ""}, {.layout = rows_of_coordinates}},
      {{"aten::argwhere", ""}, {.layout = rows_of_coordinates}},
      {{"aten::nonzero_numpy", ""}, {always, coordinates_apart}},
      {{"aten::where", ""}, {always, coordinates_apart}},
      {{"aten::masked_select", ""}, {.layout = selected}},
      {{"aten::bincount", ""}, {.layout = counts}},
      {{"aten::_unique2", ""}, {.layout = unique_values}},
      {{"aten::unique_consecutive", ""}, {.layout = unique_values, .has_layout = is_none<3>}},
      {{"aten::unique_dim", ""}, {.layout = unique_slices}},
      {{"aten::repeat_interleave", "Tensor"}, {is_none<1>, counts}},
      {{"aten::repeat_interleave", "self_Tensor"}, {is_none<3>, repeated}},
      {{"aten::index", "Tensor"}, {is_indexed_by_masks, masked, is_indexed_by_one_mask}},
      {{"aten::one_hot", ""}, {counts_classes, classes}},
      {{"aten::_pack_padded_sequence", ""}, {always, packed}},
      {{"aten::_pad_packed_sequence", ""}, {always, padded}},
      {{"aten::is_nonzero", ""}, {has_one_element}},
      {{"aten::equal", ""}, {.takes_from_data = are_two_tensors, .special = Special::equal}},
      {{"aten::_ctc_loss", ""}, {never}},
      {{"aten::_ctc_loss", "Tensor"}, {never}},
      {{"aten::linalg_lstsq", ""}, {looks_at_ranks}},

      {{"aten::item", ""}, special(Special::item)},
      {{"aten::_local_scalar_dense", ""}, special(Special::item)},
      {{"aten::_assert_scalar", ""}, special(Special::assertion)},
      {{"aten::size", "int"}, special(Special::plain_size)},
      {{"aten::stride", "int"}, special(Special::plain_stride)},
      {{"aten::sym_size", "int"}, special(Special::size)},
      {{"aten::sym_stride", "int"}, special(Special::stride)},
      {{"aten::sym_numel", ""}, special(Special::numel)},
      {{"aten::sym_storage_offset", ""}, special(Special::storage_offset)},
      {{"aten::slice", "Tensor"}, special(Special::slice)},
      {{"aten::empty", "memory_format"}, special(Special::empty)},
      {{"aten::copy_", ""}, special(Special::copy_)},
      {{"aten::detach_", ""}, special(Special::detach_)},

      {{"aten::dropout", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::alpha_dropout", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::feature_alpha_dropout", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::feature_dropout", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_1d", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_1d", "Sequence"}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_2d", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_2d", "Sequence"}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_3d", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::atleast_3d", "Sequence"}, hidden(Hidden::may_return_argument)},
      {{"aten::cartesian_prod", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::conj_physical", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::unsafe_chunk", ""}, hidden(Hidden::may_return_argument)},
      {{"aten::batch_norm", ""}, hidden(Hidden::may_write)},
      {{"aten::_batch_norm_impl_index", ""}, hidden(Hidden::may_write)},
      {{"aten::native_batch_norm", ""}, hidden(Hidden::may_write)},
  };
  return kTable;
}

ArgumentsTest tagged(const c10::OperatorHandle& op) {
  const bool is_data =
      op.hasTag(at::Tag::data_dependent_output) || op.hasTag(at::Tag::dynamic_output_shape);
  return is_data ? always : never;
}

OperatorFacts find_facts(const c10::OperatorHandle& op) {
  const c10::FunctionSchema& schema = op.schema();
  const auto known = table().find(schema.operator_name());
  const Entry entry = known == table().end() ? Entry{} : known->second;
  OperatorFacts facts;
  facts.target = target_of(schema);
  facts.fx_name = name_candidate(schema);
  facts.is_query = !schema.returns().empty() && !gives_tensors(schema);
  facts.writes = schema.is_mutable();
  facts.is_random = op.hasTag(at::Tag::nondeterministic_seeded);
  facts.special = entry.special;
  facts.hidden = entry.hidden;
  facts.takes_from_data = entry.takes_from_data != nullptr ? entry.takes_from_data : tagged(op);
  facts.data_layout = entry.layout;
  facts.has_data_layout = entry.has_layout != nullptr ? entry.has_layout : facts.takes_from_data;
  return facts;
}

}  // namespace

bool is_mask(const c10::IValue& index) {
  if (!index.isTensor() || !index.toTensor().defined()) return false;
  const auto type = index.toTensor().scalar_type();
  return type == at::kBool || type == at::kByte;
}

const OperatorFacts& facts_of(const c10::OperatorHandle& op) {
  static auto& facts = *new PerOperator<OperatorFacts>(find_facts);
  return facts.of(op);
}

std::vector<c10::OperatorName> operators_with_facts() {
  std::vector<c10::OperatorName> names;
  for (const auto& [name, entry] : table()) names.push_back(name);
  return names;
}

}  // namespace roundtrip
