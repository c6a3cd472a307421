#include "export/capture/recording/data_sizes.h"

#include <limits>
#include <string>
#include <unordered_map>

#include "export/tracing/layouts.h"

namespace roundtrip {
namespace {

using c10::IValue;
using Arguments = std::vector<IValue>;
using Sizes = std::vector<c10::SymInt>;

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

/// What a rule works on: the call, and its results of this run.
struct Call {
  const Arguments& arguments;
  const std::vector<at::Tensor>& results;
  const NewSize& new_size;

  /// A new symbol for a dimension of a result that has no more rows than the first
  /// argument has elements.
  c10::SymInt count(std::size_t result, std::int64_t dimension) const {
    const c10::SymInt elements = arguments[0].toTensor().sym_numel();
    if (elements.maybe_as_int() == 0) return 0;
    return new_size(results[result].size(dimension), elements);
  }

  /// The same of a dimension that `mask` fills. Python bounds it only if it may exceed 2.
  c10::SymInt count_of_ones(const at::Tensor& mask, std::int64_t dimension) const {
    const c10::SymInt elements = mask.sym_numel();
    const bool few = elements.maybe_as_int().value_or(3) <= 2;
    return new_size(results[0].size(dimension), few ? c10::SymInt(kUnbounded - 1) : elements);
  }

  Sizes sizes_of(std::size_t argument) const {
    const auto sizes = arguments[argument].toTensor().sym_sizes();
    return {sizes.begin(), sizes.end()};
  }
};

using Rule = std::vector<Sizes> (*)(const Call&);

bool is_mask(const IValue& index) {
  if (!index.isTensor() || !index.toTensor().defined()) return false;
  const auto type = index.toTensor().scalar_type();
  return type == at::kBool || type == at::kByte;
}

std::vector<Sizes> rows_of_coordinates(const Call& call) {
  return {{call.count(0, 0), call.results[0].size(1)}};
}

std::vector<Sizes> selected(const Call& call) {
  return {{call.count_of_ones(call.arguments[0].toTensor(), 0)}};
}

std::vector<Sizes> coordinates_apart(const Call& call) {
  return std::vector<Sizes>(call.results.size(), Sizes{call.count(0, 0)});
}

/// Values, where each went, and how often each came: of the whole tensor.
std::vector<Sizes> unique_values(const Call& call) {
  const c10::SymInt count = call.count(0, 0);
  Sizes inverse = call.results[1].numel() > 0 ? call.sizes_of(0) : Sizes{0};
  return {{count}, std::move(inverse), {call.results[2].numel() > 0 ? count : c10::SymInt(0)}};
}

std::vector<Sizes> unique_slices(const Call& call) {
  const std::int64_t dimension =
      c10::maybe_wrap_dim(call.arguments[1].toInt(), call.results[0].dim());
  Sizes values = call.sizes_of(0);
  Sizes inverse{call.results[1].numel() > 0 ? values[static_cast<std::size_t>(dimension)] : 0};
  const c10::SymInt count = call.count(0, dimension);
  values[static_cast<std::size_t>(dimension)] = count;
  return {std::move(values),
          std::move(inverse),
          {call.results[2].numel() > 0 ? count : c10::SymInt(0)}};
}

std::vector<Sizes> repeated(const Call& call) {
  if (call.arguments[2].isNone()) return {{call.new_size(call.results[0].size(0), kUnbounded)}};
  Sizes sizes = call.sizes_of(0);
  const std::int64_t dimension =
      c10::maybe_wrap_dim(call.arguments[2].toInt(), call.results[0].dim());
  sizes[static_cast<std::size_t>(dimension)] =
      call.new_size(call.results[0].size(dimension), kUnbounded);
  return {std::move(sizes)};
}

std::vector<Sizes> counts_of_repeats(const Call& call) {
  return {{call.new_size(call.results[0].size(0), kUnbounded)}};
}

/// `x[mask]`: the mask's dimensions become one, of as many as it has ones.
std::vector<Sizes> masked(const Call& call) {
  const Sizes self = call.sizes_of(0);
  Sizes sizes;
  std::size_t next = 0;
  for (const IValue& index : call.arguments[1].toListRef()) {
    if (!is_mask(index)) {
      if (next == self.size()) {
        throw CaptureError("forward indexes more dimensions than the tensor has");
      }
      sizes.push_back(self[next++]);
      continue;
    }
    const auto position = static_cast<std::int64_t>(sizes.size());
    sizes.push_back(call.count_of_ones(index.toTensor(), position));
    next += static_cast<std::size_t>(index.toTensor().dim());
  }
  sizes.insert(sizes.end(), self.begin() + static_cast<std::ptrdiff_t>(next), self.end());
  return {std::move(sizes)};
}

std::vector<Sizes> classes_of_data(const Call& call) {
  Sizes sizes = call.sizes_of(0);
  sizes.push_back(call.new_size(call.results[0].size(-1), kUnbounded));
  return {std::move(sizes)};
}

bool always(c10::ArrayRef<IValue>) {
  return true;
}

/// One mask and otherwise whole dimensions.
bool is_indexed_by_one_mask(c10::ArrayRef<IValue> arguments) {
  std::size_t masks = 0;
  for (const IValue& index : arguments[1].toListRef()) {
    if (is_mask(index)) {
      ++masks;
    } else if (index.isTensor() && index.toTensor().defined()) {
      return false;
    }
  }
  return masks == 1;
}

struct Entry {
  Rule rule;
  bool (*applies)(c10::ArrayRef<IValue>);
};

const Entry* find_rule(const c10::OperatorHandle& op) {
  static const std::unordered_map<std::string, Entry> kRules = {
      {"aten::nonzero", {rows_of_coordinates, always}},
      {"aten::argwhere", {rows_of_coordinates, always}},
      {"aten::nonzero_numpy", {coordinates_apart, always}},
      {"aten::where", {coordinates_apart, always}},
      {"aten::masked_select", {selected, always}},
      {"aten::bincount",
       {[](const Call& call) {
          return std::vector<Sizes>{{call.new_size(call.results[0].size(0), kUnbounded)}};
        },
        always}},
      {"aten::_unique2", {unique_values, always}},
      {"aten::unique_consecutive",
       {unique_values, [](c10::ArrayRef<IValue> arguments) { return arguments[3].isNone(); }}},
      {"aten::unique_dim", {unique_slices, always}},
      {"aten::repeat_interleave.Tensor",
       {counts_of_repeats, [](c10::ArrayRef<IValue> arguments) { return arguments[1].isNone(); }}},
      {"aten::repeat_interleave.self_Tensor",
       {repeated, [](c10::ArrayRef<IValue> arguments) { return arguments[3].isNone(); }}},
      {"aten::index.Tensor", {masked, is_indexed_by_one_mask}},
      {"aten::one_hot",
       {classes_of_data, [](c10::ArrayRef<IValue> arguments) { return arguments[1].toInt() < 0; }}},
  };
  const auto& [name, overload] = op.schema().operator_name();
  const auto rule = kRules.find(overload.empty() ? name : name + "." + overload);
  return rule == kRules.end() ? nullptr : &rule->second;
}

}  // namespace

bool has_data_sizes(const c10::OperatorHandle& op, c10::ArrayRef<IValue> arguments) {
  const Entry* entry = find_rule(op);
  return entry != nullptr && entry->applies(arguments);
}

std::vector<SymbolicLayout> data_sized_layouts(const c10::OperatorHandle& op,
                                               const std::vector<IValue>& arguments,
                                               const std::vector<at::Tensor>& results,
                                               const NewSize& new_size) {
  std::vector<SymbolicLayout> layouts;
  std::vector<Sizes> sizes = find_rule(op)->rule({arguments, results, new_size});
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::vector<c10::SymInt> strides = strides_in_order_of(results[i], sizes[i]);
    layouts.push_back({std::move(sizes[i]), std::move(strides), 0});
  }
  return layouts;
}

}  // namespace roundtrip
