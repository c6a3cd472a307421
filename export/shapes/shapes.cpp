#include "export/shapes/shapes.h"

#include <array>

#include "export/shapes/result_layout.h"
#include "export/shapes/rules/rules.h"
#include "export/shapes/shape_function.h"
#include "export/shapes/shape_tensor.h"

namespace roundtrip {
namespace {

using shapes::Call;
using shapes::Shapes;

using Way = std::optional<Shapes> (*)(const c10::OperatorHandle& op, const Call& call);

std::optional<Shapes> by_rule(const c10::OperatorHandle& op, const Call& call) {
  const shapes::Rule rule = shapes::find_rule(op);
  if (rule == nullptr) return std::nullopt;
  return rule(call);
}

std::optional<Shapes> by_shape_function(const c10::OperatorHandle&, const Call& call) {
  return shapes::run_shape_function(call);
}

struct NamedWay {
  ShapeSource source;
  Way way;
};

constexpr std::array kWays = {
    NamedWay{ShapeSource::rule, by_rule},
    NamedWay{ShapeSource::composite, shapes::run_composite},
    NamedWay{ShapeSource::shape_function, by_shape_function},
    NamedWay{ShapeSource::composite, shapes::run_explicit_composite},
};

std::optional<std::vector<SymbolicLayout>> result_layouts(const Shapes& found,
                                                          const std::vector<at::Tensor>& results,
                                                          const shapes::ThisRun& run) {
  if (found.size() != results.size()) return std::nullopt;
  std::vector<SymbolicLayout> layouts;
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto layout = shapes::result_layout(found[i], results[i], run);
    if (!layout) return std::nullopt;
    layouts.push_back(std::move(*layout));
  }
  return layouts;
}

/// A way that cannot answer for this call says so by an error of LibTorch's: the next
/// one is tried.
std::optional<Shapes> attempt(Way way, const c10::OperatorHandle& op, const Call& call) {
  try {
    return way(op, call);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<InferredShapes> infer_shapes(const c10::OperatorHandle& op,
                                           const std::vector<c10::IValue>& arguments,
                                           const std::vector<at::Tensor>& results,
                                           ValueInThisRun value) {
  if (results.empty()) return InferredShapes{};
  const Call call(op.schema(), arguments);
  const shapes::ThisRun run(value);
  for (const NamedWay& named : kWays) {
    const auto found = attempt(named.way, op, call);
    if (!found) continue;
    if (auto layouts = result_layouts(*found, results, run)) {
      return InferredShapes{std::move(*layouts), named.source};
    }
  }
  return std::nullopt;
}

}  // namespace roundtrip
