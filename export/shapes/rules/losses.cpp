#include <ATen/core/Reduction.h>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

bool reduces(const Call& call) {
  return call.integer("reduction") != at::Reduction::None;
}

at::ScalarType input_type(const Call& call) {
  return call.tensor(std::size_t{0}).scalar_type();
}

/// A number for each pair of input and target, or one for all.
Shapes of_pairs(const Call& call) {
  const auto a = call.tensor(std::size_t{0}).sym_sizes();
  Sizes pairs = broadcast({a.vec(), sizes_of(call.tensor(1))});
  for (const char* name : {"weight", "pos_weight"}) {
    const auto factors = call.optional_tensor(name);
    if (factors) check_expands(factors->sym_sizes(), pairs, name);
  }
  return {of_sizes(reduces(call) ? Sizes{} : std::move(pairs), input_type(call))};
}

/// The same where the target is not expanded.
Shapes of_equal_pairs(const Call& call) {
  check_equal(call.tensor(std::size_t{0}).sym_sizes(), call.tensor(1).sym_sizes(),
              "a loss's input and target");
  return of_pairs(call);
}

const c10::SymInt& classes(const at::Tensor& input) {
  return input.sym_sizes()[input.dim() == 1 ? 0 : 1];
}

/// The input's sizes without the classes' dimension.
Sizes without_classes(const at::Tensor& input) {
  Sizes sizes = sizes_of(input);
  sizes.erase(sizes.begin() + (sizes.size() == 1 ? 0 : 1));
  return sizes;
}

/// What is checked of class indices: one for each item of the input.
void check_targets(const at::Tensor& input, const at::Tensor& target) {
  const Sizes items = without_classes(input);
  const auto sizes = target.sym_sizes();
  TORCH_CHECK(sizes.size() == items.size(), "a loss's target of another rank");
  for (std::size_t i = 0; i < items.size(); ++i) {
    check_equal(items[i], sizes[i], "a loss's input and target");
  }
}

Shapes cross_entropy(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const at::Tensor& target = call.tensor(1);
  const bool of_classes = target.dim() + 1 == input.dim();
  check_vector(call, "weight", classes(input));
  if (of_classes) check_targets(input, target);
  if (!of_classes) check_equal(product(input.sym_sizes()), product(target.sym_sizes()), "targets");
  if (reduces(call)) return {of_sizes({}, input_type(call))};
  return {of_sizes(without_classes(input), input_type(call))};
}

/// The loss, and the weight it was divided by.
Shapes negative_log_likelihood(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  check_targets(input, call.tensor(1));
  check_vector(call, "weight", classes(input));
  const Shape total = of_sizes({}, input_type(call));
  const Shape loss = reduces(call) ? total : of_sizes(without_classes(input), input_type(call));
  Shapes shapes{loss};
  if (call.return_count() == 2) shapes.push_back(total);
  return shapes;
}

/// A number for each row of the input, or one for all.
Shapes of_rows(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  check_vector(call, "weight", input.sym_sizes().back());
  Sizes sizes;
  if (!reduces(call) && input.dim() > 1) sizes.push_back(input.sym_size(0));
  Shapes shapes(call.return_count(), of_sizes(std::move(sizes)));
  if (shapes.size() == 2) shapes[1].sizes = sizes_of(call.tensor(1));
  return shapes;
}

/// Each row has one class, or as many as there are.
Shapes of_classes(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  Sizes rows = sizes_of(input);
  if (!rows.empty()) rows.pop_back();
  check_expands(call.tensor(1).sym_sizes(), rows.empty() ? Sizes{1} : rows, "a loss's target");
  return of_rows(call);
}

Shapes of_labels(const Call& call) {
  check_equal(call.tensor(std::size_t{0}).sym_sizes(), call.tensor(1).sym_sizes(),
              "a loss's input and target");
  return of_rows(call);
}

/// A number for each sequence of the batch, which is the second dimension.
Shapes ctc(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  Sizes sizes;
  if (!reduces(call) && input.dim() == 3) sizes.push_back(input.sym_size(1));
  return {of_sizes(std::move(sizes))};
}

constexpr NamedRule kLossesRules[] = {
    {"mse_loss", of_pairs},
    {"l1_loss", of_pairs},
    {"smooth_l1_loss", of_pairs},
    {"huber_loss", of_pairs},
    {"soft_margin_loss", of_pairs},
    {"kl_div", of_pairs},
    {"poisson_nll_loss", of_pairs},
    {"binary_cross_entropy", of_equal_pairs},
    {"binary_cross_entropy_with_logits", of_equal_pairs},
    {"cross_entropy_loss", cross_entropy},
    {"nll_loss", negative_log_likelihood},
    {"nll_loss_nd", negative_log_likelihood},
    {"nll_loss2d", negative_log_likelihood},
    {"nll_loss_forward", negative_log_likelihood},
    {"nll_loss2d_forward", negative_log_likelihood},
    {"multi_margin_loss", of_classes},
    {"multilabel_margin_loss", of_labels},
    {"multilabel_margin_loss_forward", of_labels},
    {"ctc_loss", ctc},
};

}  // namespace

RuleTable loss_rules() {
  return kLossesRules;
}

}  // namespace roundtrip::shapes
