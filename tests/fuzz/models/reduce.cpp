#include "reduce.h"

#include <algorithm>

namespace roundtrip::fuzz {
namespace {

/// A recipe whose values are taken over one by one; those left out have no new index.
class Rewriter {
 public:
  void keep(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) new_index_.emplace_back(next_++);
  }
  void leave_out(std::size_t count) { new_index_.resize(new_index_.size() + count); }
  bool has(const Ref& ref) const { return new_index_.at(ref.index).has_value(); }
  std::size_t count() const { return next_; }

  /// False if the argument uses a value that was left out.
  bool rewrite(Argument& argument) const {
    bool known = true;
    visit_refs(argument, [&](Ref& ref) {
      known = known && has(ref);
      if (known) ref.index = *new_index_[ref.index];
    });
    return known;
  }

 private:
  template <typename Visit>
  static void visit_refs(Argument& argument, const Visit& visit) {
    if (auto* ref = std::get_if<Ref>(&argument)) visit(*ref);
    if (auto* refs = std::get_if<std::vector<Ref>>(&argument)) {
      std::for_each(refs->begin(), refs->end(), visit);
    }
    if (auto* refs = std::get_if<std::vector<std::optional<Ref>>>(&argument)) {
      for (auto& ref : *refs) {
        if (ref) visit(*ref);
      }
    }
    if (auto* size = std::get_if<Size>(&argument)) visit_refs(*size, visit);
    if (auto* sizes = std::get_if<std::vector<Size>>(&argument)) {
      for (Size& size : *sizes) visit_refs(size, visit);
    }
  }

  template <typename Visit>
  static void visit_refs(Size& size, const Visit& visit) {
    if (size.of) visit(size.of->tensor);
    if (size.other) visit(size.other->tensor);
  }

  std::vector<std::optional<std::size_t>> new_index_;
  std::size_t next_ = 0;
};

/// Without one input, step or output, and what needs it. Nothing if nothing is left.
std::optional<Recipe> without(const Recipe& recipe, std::size_t input, std::size_t step,
                              std::size_t output) {
  Recipe smaller{recipe.symbols, {}, recipe.state, {}, {}, {}};
  Rewriter rewriter;
  for (std::size_t i = 0; i < recipe.inputs.size(); ++i) {
    if (i == input) {
      rewriter.leave_out(1);
    } else {
      rewriter.keep(1);
      smaller.inputs.push_back(recipe.inputs[i]);
    }
  }
  rewriter.keep(recipe.state.size());
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    Step copy = recipe.steps[i];
    const bool known =
        i != step && std::all_of(copy.arguments.begin(), copy.arguments.end(),
                                 [&](Argument& argument) { return rewriter.rewrite(argument); });
    if (known) {
      rewriter.keep(copy.results);
      smaller.steps.push_back(std::move(copy));
    } else {
      rewriter.leave_out(copy.results);
    }
  }
  for (std::size_t i = 0; i < recipe.outputs.size(); ++i) {
    Argument copy = recipe.outputs[i];
    if (i != output && rewriter.rewrite(copy)) smaller.outputs.push_back(std::get<Ref>(copy));
  }
  for (const Size& number : recipe.number_outputs) {
    Argument copy = number;
    if (rewriter.rewrite(copy)) smaller.number_outputs.push_back(std::get<Size>(copy));
  }
  if (smaller.inputs.empty() || smaller.steps.empty()) return std::nullopt;
  if (smaller.outputs.empty()) smaller.outputs.push_back({rewriter.count() - 1});
  return smaller;
}

}  // namespace

Recipe reduce(Recipe recipe, const std::function<bool(const Recipe&)>& still_fails) {
  constexpr std::size_t kNone = -1;
  const auto attempt = [&](std::size_t input, std::size_t step, std::size_t output) {
    const auto smaller = without(recipe, input, step, output);
    if (!smaller || !still_fails(*smaller)) return false;
    recipe = *smaller;
    return true;
  };
  Recipe without_numbers = recipe;
  without_numbers.number_outputs.clear();
  if (still_fails(without_numbers)) recipe = std::move(without_numbers);
  for (bool shrinks = true; shrinks;) {
    shrinks = false;
    for (std::size_t i = recipe.steps.size(); i-- > 0;) {
      if (i < recipe.steps.size()) shrinks |= attempt(kNone, i, kNone);
    }
    for (std::size_t i = recipe.outputs.size(); recipe.outputs.size() > 1 && i-- > 0;) {
      if (i < recipe.outputs.size()) shrinks |= attempt(kNone, kNone, i);
    }
    for (std::size_t i = recipe.inputs.size(); recipe.inputs.size() > 1 && i-- > 0;) {
      if (i < recipe.inputs.size()) shrinks |= attempt(i, kNone, kNone);
    }
  }
  return recipe;
}

}  // namespace roundtrip::fuzz
