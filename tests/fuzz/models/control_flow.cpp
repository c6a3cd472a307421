#include <ATen/Functions.h>

#include <algorithm>
#include <array>

#include "arguments.h"
#include "scope.h"

namespace roundtrip::fuzz {
namespace {

using c10::IValue;
using Tensors = std::vector<at::Tensor>;

bool same_layout(const at::Tensor& left, const at::Tensor& right) {
  return left.scalar_type() == right.scalar_type() && left.sizes() == right.sizes() &&
         left.strides() == right.strides();
}

class ControlFlowDrawer {
 public:
  ControlFlowDrawer(Random& random, const Tensors& values, Scope::Place place)
      : random_(random),
        values_(values),
        inner_(place == Scope::Place::model ? Scope::Place::body : Scope::Place::inner_body) {}

  std::optional<Step> draw() {
    std::optional<Step> step = draw_any();
    return overlap_ ? std::nullopt : step;
  }

 private:
  std::optional<Step> draw_any() {
    for (std::int64_t i = random_.between(0, 2); i > 0; --i) captured_.push_back(used());
    switch (random_.between(0, 3)) {
      case 0:
        return cond();
      case 1:
        return while_loop();
      case 2:
        return map();
      default:
        return scan();
    }
  }

  Ref any() { return Arguments(random_, values_, 0).tensor(); }

  /// A tensor for the bodies to use. No two of them may share memory.
  Ref used() {
    const Ref ref = any();
    overlap_ = overlap_ || shares_memory(used_, used_.size(), at(ref));
    used_.push_back(at(ref));
    return ref;
  }

  const at::Tensor& at(const Ref& ref) const { return values_[ref.index]; }

  Argument decider() {
    if (random_.percent(70)) return any();
    return Arguments(random_, values_, 0).size();
  }

  /// Steps on arguments and captured tensors.
  Scope steps_on(Tensors arguments) {
    for (const Ref& ref : captured_) arguments.push_back(at(ref));
    Scope scope(random_, inner_, std::move(arguments), 0);
    scope.add_steps(random_.between(1, 3));
    return scope;
  }

  static bool shares_memory(const Tensors& tensors, std::size_t count, const at::Tensor& with) {
    return std::any_of(tensors.begin(), tensors.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const at::Tensor& other) { return other.is_alias_of(with); });
  }

  /// Something computed that is as `wanted`; if nothing is, a copy of the first argument, which is.
  static Ref computed_like(Scope& scope, std::size_t given, const at::Tensor& wanted) {
    const auto& values = scope.values();
    for (std::size_t i = values.size(); i-- > given;) {
      if (!shares_memory(values, given, values[i]) && same_layout(values[i], wanted)) return {i};
    }
    return copied(scope, {0});
  }

  /// What was computed last, or a copy if it shares memory with something before.
  static Ref last_of(Scope& scope) {
    const std::size_t last = scope.values().size() - 1;
    const bool shares = shares_memory(scope.values(), last, scope.values()[last]);
    return shares ? copied(scope, {last}) : Ref{last};
  }

  static Ref copied(Scope& scope, Ref ref) {
    scope.add({"aten::clone", "", {ref, IValue()}});
    return {scope.values().size() - 1};
  }

  std::size_t given(std::size_t arguments) const { return arguments + captured_.size(); }

  std::optional<Step> step(const char* op, Argument decides, std::vector<Ref> operands,
                           std::vector<Body> bodies) {
    return Step{op, "", {std::move(decides), std::move(operands), captured_}, 1, std::move(bodies)};
  }

  /// The second branch gives what the first gives or, if it has nothing like that, goes on where
  /// the first ends.
  std::optional<Step> cond() {
    const Ref operand = used();
    Scope yes = steps_on({at(operand)});
    if (yes.steps().empty()) return std::nullopt;
    const Ref result = last_of(yes);
    const at::Tensor& wanted = yes.values()[result.index];
    Scope no = steps_on({at(operand)});
    const auto found =
        std::find_if(no.values().begin() + static_cast<std::ptrdiff_t>(given(1)), no.values().end(),
                     [&](const auto& value) { return same_layout(value, wanted); });
    Body other{no.steps(), {{static_cast<std::size_t>(found - no.values().begin())}}};
    if (found == no.values().end()) {
      Scope longer = yes;
      longer.add({"aten::flip", "", {result, IValue(c10::List<std::int64_t>())}});
      other = {longer.steps(), {{longer.values().size() - 1}}};
    }
    return step(Step::kCond, decider(), {operand}, {{yes.steps(), {result}}, std::move(other)});
  }

  std::optional<Step> while_loop() {
    const Ref carried = used();
    Scope scope = steps_on({at(carried)});
    const Ref next = computed_like(scope, given(1), at(carried));
    return step(Step::kWhileLoop, decider(), {carried}, {{scope.steps(), {next}}});
  }

  std::optional<Step> map() {
    const Ref over = used();
    if (at(over).dim() == 0 || at(over).size(0) == 0) return std::nullopt;
    const Ref extra = used();
    Scope scope = steps_on({at(over).select(0, 0), at(extra)});
    if (scope.steps().empty()) return std::nullopt;
    const Ref result = last_of(scope);
    return step(Step::kMap, IValue(), {over, extra}, {{scope.steps(), {result}}});
  }

  std::optional<Step> scan() {
    const Ref over = used();
    if (at(over).dim() == 0 || at(over).size(0) == 0) return std::nullopt;
    const Ref carry = used();
    Scope scope = steps_on({at(carry), at(over).select(0, 0)});
    const Ref next = computed_like(scope, given(2), at(carry));
    Ref result = last_of(scope);
    if (result.index == next.index) result = copied(scope, result);
    return step(Step::kScan, IValue(random_.percent(30)), {carry, over},
                {{scope.steps(), {next, result}}});
  }

  Random& random_;
  const Tensors& values_;
  const Scope::Place inner_;
  std::vector<Ref> captured_;
  Tensors used_;
  bool overlap_ = false;
};

}  // namespace

std::optional<Step> draw_control_flow(Random& random, const std::vector<at::Tensor>& values,
                                      Scope::Place place) {
  return ControlFlowDrawer(random, values, place).draw();
}

}  // namespace roundtrip::fuzz
