#include "scope.h"

#include <algorithm>

#include "arguments.h"
#include "operators.h"
#include "run.h"

namespace roundtrip::fuzz {
namespace {

constexpr std::int64_t kMostElements = 4096;
constexpr std::int64_t kMostDimensions = 5;
constexpr std::size_t kMostResults = 8;
constexpr int kTries = 40;

bool is_usable(const at::Tensor& tensor) {
  return tensor.defined() && tensor.layout() == at::kStrided && tensor.is_cpu() &&
         !tensor.is_quantized() && tensor.numel() <= kMostElements &&
         tensor.dim() <= kMostDimensions;
}

bool same_view(const at::Tensor& left, const at::Tensor& right) {
  return left.sizes() == right.sizes() && left.strides() == right.strides() &&
         left.storage_offset() == right.storage_offset();
}

/// Whether the step writes to memory that it reads as another argument, too, but for operators
/// that go through both element by element: what it reads depends on the kernel's order.
bool reads_what_it_writes(const c10::OperatorHandle& op, const std::vector<Argument>& arguments,
                          const std::vector<at::Tensor>& values) {
  const auto* first = std::get_if<Ref>(&arguments[0]);
  if (first == nullptr) return false;
  const at::Tensor& written = values[first->index];
  const bool pointwise = op.hasTag(at::Tag::pointwise);
  const auto overlaps = [&](const Ref& ref) {
    const at::Tensor& other = values[ref.index];
    return other.is_alias_of(written) && !(pointwise && same_view(other, written));
  };
  return std::any_of(arguments.begin() + 1, arguments.end(), [&](const Argument& other) {
    const auto* ref = std::get_if<Ref>(&other);
    const auto* refs = std::get_if<std::vector<Ref>>(&other);
    return (ref != nullptr && overlaps(*ref)) ||
           (refs != nullptr && std::any_of(refs->begin(), refs->end(), overlaps));
  });
}

}  // namespace

void Scope::add_steps(std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) add_step();
}

bool Scope::add(Step step) {
  std::vector<at::Tensor> values = values_;
  try {
    run_step(step, values);
  } catch (const std::exception&) {
    return false;
  }
  step.results = values.size() - values_.size();
  const bool usable = step.results > 0 && step.results <= kMostResults &&
                      std::all_of(values.begin() + static_cast<std::ptrdiff_t>(values_.size()),
                                  values.end(), is_usable);
  if (!usable) return false;
  values_ = std::move(values);
  steps_.push_back(std::move(step));
  return true;
}

void Scope::add_step() {
  for (int i = 0; i < kTries; ++i) {
    if (place_ == Place::model && random_.percent(6)) {
      if (add_written_view()) return;
      continue;
    }
    const bool control_flow = place_ != Place::inner_body && random_.percent(5);
    std::optional<Step> step = control_flow ? draw_control_flow(random_, values_, place_)
                                            : operator_step(pick_operator(random_), {});
    if (step && add(std::move(*step))) return;
  }
}

/// A view of any tensor, and an operator that writes to it.
bool Scope::add_written_view() {
  const Ref base = Arguments(random_, values_, inputs_).tensor();
  auto view = operator_step(pick_view(random_), base);
  if (!view || !add(std::move(*view))) return false;
  for (int i = 0; i < kTries; ++i) {
    auto write = operator_step(pick_write(random_), Ref{values_.size() - 1});
    if (write && add(std::move(*write))) break;
  }
  return true;
}

std::optional<Step> Scope::operator_step(const c10::OperatorHandle& op, std::optional<Ref> self) {
  if (place_ != Place::model && op.schema().is_mutable()) return std::nullopt;
  auto arguments = Arguments(random_, values_, inputs_).draw(op.schema(), self);
  if (!arguments) return std::nullopt;
  if (op.schema().is_mutable() && reads_what_it_writes(op, *arguments, values_)) {
    return std::nullopt;
  }
  return Step{op.schema().name(), op.schema().overload_name(), std::move(*arguments)};
}

}  // namespace roundtrip::fuzz
