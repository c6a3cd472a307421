#include "export/shapes/probe.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <map>

#include "export/shapes/arithmetic.h"
#include "export/shapes/fit.h"

namespace roundtrip::shapes {
namespace {

using torch::jit::Stack;

/// More elements than this are not worth a probe.
constexpr std::int64_t kMostElements = 1 << 20;
constexpr std::size_t kChecks = 6;

bool can_be_probed(const c10::OperatorHandle& op) {
  for (const at::Tag tag : {at::Tag::nondeterministic_seeded, at::Tag::dynamic_output_shape,
                            at::Tag::data_dependent_output}) {
    if (op.hasTag(tag)) return false;
  }
  return !op.schema().is_mutable() && op.schema().name().starts_with("aten::");
}

/// Runs an operator at points and keeps the sizes it gave.
class Prober {
 public:
  Prober(const c10::OperatorHandle& op, const Call& call, const SymbolPoints& points)
      : op_(op), call_(call), points_(points), generator_(at::detail::createCPUGenerator(0)) {}

  /// The sizes of all results, one after the other; null where it does not run.
  const std::vector<std::int64_t>* sizes_at(const Point& point) {
    auto found = samples_.find(point);
    if (found == samples_.end()) found = samples_.emplace(point, run(point)).first;
    return found->second ? &*found->second : nullptr;
  }

 private:
  using Sample = std::optional<std::vector<std::int64_t>>;

  Sample run(const Point& point) {
    for (std::size_t i = 0; i < point.size(); ++i) {
      const auto [low, high] = points_.bounds(i);
      if (point[i] < low || point[i] > high) return std::nullopt;
    }
    try {
      Stack stack;
      for (const c10::IValue& argument : call_.arguments()) stack.push_back(at(argument, point));
      op_.callBoxed(stack);
      return sizes_of_results(stack);
    } catch (const c10::Error&) {
      return std::nullopt;
    }
  }

  std::int64_t value(const c10::SymInt& size, const Point& point) const {
    const auto known = size.maybe_as_int();
    return known ? *known : points_.evaluate(size, point);
  }

  c10::IValue at(const c10::IValue& argument, const Point& point) {
    if (argument.isTensor()) return data(argument.toTensor(), point);
    if (argument.isSymInt()) return value(argument.toSymInt(), point);
    if (!argument.isList()) return argument;
    if (argument.isTensorList()) {
      c10::List<at::Tensor> tensors;
      for (const at::Tensor& tensor : argument.toTensorVector()) {
        tensors.push_back(data(tensor, point));
      }
      return tensors;
    }
    if (!argument.isSymIntList() && !argument.isIntList()) return optional_list(argument, point);
    c10::List<std::int64_t> sizes;
    for (const c10::SymInt& size : to_sizes(argument)) sizes.push_back(value(size, point));
    return sizes;
  }

  c10::IValue optional_list(const c10::IValue& argument, const Point& point) {
    const auto items = argument.toListRef();
    const bool tensors = std::any_of(items.begin(), items.end(),
                                     [](const c10::IValue& item) { return item.isTensor(); });
    if (!tensors) return argument;
    c10::List<std::optional<at::Tensor>> list;
    for (const c10::IValue& item : items) {
      list.push_back(item.isTensor() ? std::optional(data(item.toTensor(), point)) : std::nullopt);
    }
    return list;
  }

  /// Random floats; zeros of other types, which are valid indices.
  at::Tensor data(const at::Tensor& tensor, const Point& point) {
    if (!tensor.defined()) return tensor;
    std::vector<std::int64_t> sizes;
    std::int64_t count = 1;
    for (const c10::SymInt& size : tensor.sym_sizes()) {
      sizes.push_back(value(size, point));
      count *= sizes.back();
    }
    TORCH_CHECK(count <= kMostElements, "too large to probe");
    const at::TensorOptions options = at::device(tensor.device()).dtype(tensor.scalar_type());
    if (!tensor.is_floating_point() || !tensor.device().is_cpu()) return at::zeros(sizes, options);
    return at::rand(sizes, generator_, options);
  }

  static std::vector<std::int64_t> sizes_of_results(const Stack& stack) {
    std::vector<std::int64_t> sizes;
    const auto add = [&](const at::Tensor& tensor) {
      if (tensor.defined()) {
        sizes.insert(sizes.end(), tensor.sizes().begin(), tensor.sizes().end());
      }
    };
    for (const c10::IValue& result : stack) {
      if (result.isTensor()) add(result.toTensor());
      if (!result.isTensorList()) continue;
      for (const at::Tensor& tensor : result.toTensorVector()) add(tensor);
    }
    return sizes;
  }

  const c10::OperatorHandle& op_;
  const Call& call_;
  const SymbolPoints& points_;
  at::Generator generator_;
  std::map<Point, Sample> samples_;
};

/// Points that move all symbols at once, each by another distance.
std::vector<Point> check_points(const Point& base) {
  std::vector<Point> checks{base};
  for (std::size_t k = 1; k <= kChecks; ++k) {
    Point point = base;
    for (std::size_t i = 0; i < point.size(); ++i) {
      point[i] += static_cast<std::int64_t>((k * (2 * i + 1) + i) % 11 + 1);
    }
    checks.push_back(point);
  }
  return checks;
}

}  // namespace

std::optional<Shapes> probe(const c10::OperatorHandle& op, const Call& call,
                            const std::vector<at::Tensor>& results, const SymbolPoints& points) {
  if (!can_be_probed(op)) return std::nullopt;
  const c10::impl::ExcludeDispatchKeyGuard exclude{c10::DispatchKeySet(
      {c10::DispatchKey::TESTING_ONLY_GenericMode, c10::DispatchKey::TESTING_ONLY_GenericWrapper})};
  const at::NoGradGuard no_grad;
  Prober prober(op, call, points);
  Point base;
  for (std::size_t i = 0; i < points.count(); ++i) base.push_back(points.value_in_this_run(i));
  const std::vector<Point> checks = check_points(base);
  Shapes shapes;
  std::size_t position = 0;
  for (const at::Tensor& result : results) {
    Shape shape;
    shape.defined = result.defined();
    for (std::int64_t i = 0; shape.defined && i < result.dim(); ++i, ++position) {
      const auto sample = [&](const Point& point) -> std::optional<std::int64_t> {
        const auto* sizes = prober.sizes_at(point);
        if (sizes == nullptr || position >= sizes->size()) return std::nullopt;
        return (*sizes)[position];
      };
      const auto size = fit(sample, base, checks, points);
      if (!size) return std::nullopt;
      shape.sizes.push_back(*size);
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

}  // namespace roundtrip::shapes
