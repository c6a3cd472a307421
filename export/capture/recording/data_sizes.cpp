#include "export/capture/recording/data_sizes.h"

#include <limits>
#include <unordered_map>

#include "export/shapes/rules/arithmetic.h"
#include "export/tracing/layouts.h"
#include "export/tracing/sym_node.h"

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
  const BatchOfPacked& batch_of_packed;

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

std::vector<Sizes> rows_of_coordinates(const Call& call) {
  return {{call.count(0, 0), call.results[0].size(1)}};
}

std::vector<Sizes> selected(const Call& call) {
  shapes::broadcast({call.sizes_of(0), call.sizes_of(1)});
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
  Sizes sizes = call.sizes_of(0);
  const Sizes repeats = call.sizes_of(1);
  if (call.arguments[2].isNone()) {
    shapes::check_repeats(repeats, shapes::product(sizes));
    return {{call.new_size(call.results[0].size(0), kUnbounded)}};
  }
  const std::int64_t dimension =
      c10::maybe_wrap_dim(call.arguments[2].toInt(), call.results[0].dim());
  c10::SymInt& rows = sizes[static_cast<std::size_t>(dimension)];
  shapes::check_repeats(repeats, rows);
  rows = call.new_size(call.results[0].size(dimension), kUnbounded);
  return {std::move(sizes)};
}

std::vector<Sizes> counts(const Call& call) {
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
    for (const c10::SymInt& size : index.toTensor().sym_sizes()) {
      if (next < self.size()) shapes::check_equal(size, self[next], "a mask");
      ++next;
    }
    sizes.push_back(call.count_of_ones(index.toTensor(), position));
  }
  sizes.insert(sizes.end(), self.begin() + static_cast<std::ptrdiff_t>(next), self.end());
  return {std::move(sizes)};
}

std::vector<Sizes> classes(const Call& call) {
  Sizes sizes = call.sizes_of(0);
  sizes.push_back(call.new_size(call.results[0].size(-1), kUnbounded));
  return {std::move(sizes)};
}

/// A row for each step of each sequence, and of each step how many sequences have it.
std::vector<Sizes> packed(const Call& call) {
  Sizes rows = call.sizes_of(0);
  const bool batch_first = call.arguments[2].toBool();
  const c10::SymInt batch = rows.at(batch_first ? 0 : 1);
  const c10::SymInt length = rows[batch_first ? 1 : 0];
  shapes::check_equal(call.sizes_of(1), Sizes{batch}, "lengths and sequences");
  rows.erase(rows.begin());
  rows[0] = call.new_size(call.results[0].size(0), batch * length);
  const c10::SymInt longest = call.new_size(call.results[1].size(0), length);
  as_sym_node(longest.toSymNode())->symbols().expect_all_of(expr_of(longest), expr_of(length));
  return {std::move(rows), {longest}};
}

/// The sequences and their lengths.
std::vector<Sizes> padded(const Call& call) {
  const bool batch_first = call.arguments[2].toBool();
  const std::int64_t total = call.arguments[4].toInt();
  c10::SymInt length = total;
  if (total <= 0) length = call.sizes_of(1).at(0);
  auto batch = call.batch_of_packed(call.arguments[1].toTensor());
  if (!batch) batch = call.new_size(call.results[1].size(0), kUnbounded);
  Sizes sizes = call.sizes_of(0);
  sizes[0] = batch_first ? length : *batch;
  sizes.insert(sizes.begin(), batch_first ? *batch : length);
  return {std::move(sizes), {*batch}};
}

Rule rule_of(DataLayout layout) {
  static const std::unordered_map<DataLayout, Rule> kRules = {
      {DataLayout::rows_of_coordinates, rows_of_coordinates},
      {DataLayout::coordinates_apart, coordinates_apart},
      {DataLayout::selected, selected},
      {DataLayout::counts, counts},
      {DataLayout::unique_values, unique_values},
      {DataLayout::unique_slices, unique_slices},
      {DataLayout::repeated, repeated},
      {DataLayout::masked, masked},
      {DataLayout::classes, classes},
      {DataLayout::packed, packed},
      {DataLayout::padded, padded},
  };
  return kRules.at(layout);
}

}  // namespace

std::vector<SymbolicLayout> data_sized_layouts(DataLayout layout,
                                               const std::vector<IValue>& arguments,
                                               const std::vector<at::Tensor>& results,
                                               const NewSize& new_size,
                                               const BatchOfPacked& batch_of_packed) {
  std::vector<SymbolicLayout> layouts;
  std::vector<Sizes> sizes = rule_of(layout)({arguments, results, new_size, batch_of_packed});
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::vector<c10::SymInt> strides = strides_in_order_of(results[i], sizes[i]);
    layouts.push_back({std::move(sizes[i]), std::move(strides), 0});
  }
  return layouts;
}

}  // namespace roundtrip
