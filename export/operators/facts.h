#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <string>
#include <vector>

namespace roundtrip {

/// How data decides the sizes of an operator's results, where that is known.
enum class DataLayout {
  none,
  rows_of_coordinates,  ///< `nonzero`: a row for each element that counts
  coordinates_apart,    ///< `nonzero_numpy`: the same in a tensor for each dimension
  selected,             ///< `masked_select`: as many elements as the mask has ones
  counts,               ///< `bincount`: a row of any length
  unique_values,        ///< of the whole tensor
  unique_slices,        ///< of one dimension
  repeated,             ///< `repeat_interleave`
  masked,               ///< `x[mask]`
  classes,              ///< `one_hot`: one more dimension
  packed,  ///< `_pack_padded_sequence`: the steps of all sequences, one after the other
  padded,  ///< `_pad_packed_sequence`: as many steps as the longest has
};

/// What a capture does with an operator in a way of its own.
enum class SpecialOperator {
  none,
  item,            ///< gives an unbacked number
  assertion,       ///< of a condition on numbers
  equal,           ///< of tensors: which torch::nn's attention asks to tell them from each other
  size,            ///< of a tensor's dimension
  stride,          ///< the same
  plain_size,      ///< as `size`, called by TorchScript: a plain number
  plain_stride,    ///< the same
  numel,           ///< of a tensor
  storage_offset,  ///< the same
  slice,           ///< whose bounds data may decide
  empty,           ///< memory that C++ code may write to itself
  copy_,           ///< writes a whole tensor
  detach_,         ///< changes nothing but gradients
};

/// What an operator does that its schema does not say.
enum class HiddenEffect {
  none,
  may_return_argument,  ///< or a view of it
  may_write,            ///< to running statistics
};

using ArgumentsTest = bool (*)(c10::ArrayRef<c10::IValue> arguments);

/// What is known of an operator beyond its schema.
struct OperatorFacts {
  std::string target;   ///< `torch.ops.aten.add.Tensor`
  std::string fx_name;  ///< of which names of its nodes are made: `add`
  /// True for one that answers a question about a tensor's type or shape
  /// (`aten::is_floating_point`): it gives something, and no tensors.
  bool is_query = false;
  bool writes = false;     ///< to an argument
  bool is_random = false;  ///< draws from a generator
  SpecialOperator special = SpecialOperator::none;
  HiddenEffect hidden = HiddenEffect::none;
  ArgumentsTest takes_from_data = nullptr;
  DataLayout data_layout = DataLayout::none;
  ArgumentsTest has_data_layout = nullptr;

  /// True if what the operator returns with these arguments, or the shape of it, is taken
  /// from the data in them.
  bool is_data_dependent(c10::ArrayRef<c10::IValue> arguments) const {
    return takes_from_data(arguments);
  }
  /// True if it is, and `data_layout` is how.
  bool has_data_sizes(c10::ArrayRef<c10::IValue> arguments) const {
    return data_layout != DataLayout::none && has_data_layout(arguments);
  }
};

/// Found once for each operator; lives until the operator is unregistered.
const OperatorFacts& facts_of(const c10::OperatorHandle& op);

/// True for a tensor that, as an index of another, selects where it is true.
bool is_mask(const c10::IValue& index);

/// The operators of which the table knows more than their schemas and tags say.
std::vector<c10::OperatorName> operators_with_facts();

}  // namespace roundtrip
