#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

Sizes batch_of(const Sizes& sizes) {
  TORCH_CHECK(sizes.size() >= 2, "attention over fewer than two dimensions");
  return {sizes.begin(), sizes.end() - 2};
}

/// Heads of queries are in groups that share those of keys and values.
Sizes grouped_batch(const Sizes& query, const Sizes& key, const Sizes& value) {
  check_equal(batch_of(key), batch_of(value), "attention's keys and values");
  Sizes heads = batch_of(query);
  Sizes shared = batch_of(key);
  TORCH_CHECK(!heads.empty() && heads.size() == shared.size(), "attention's groups of heads");
  check_equal(heads.back() % shared.back(), 0, "heads that groups leave over");
  shared.back() = heads.back();
  check_equal(heads, shared, "attention's batches");
  return heads;
}

/// A row of the values' width for each query.
Shapes attention(const Call& call) {
  const Sizes query = sizes_of(call.tensor("query"));
  const Sizes key = sizes_of(call.tensor("key"));
  const Sizes value = sizes_of(call.tensor("value"));
  check_equal(query.back(), key.back(), "the widths of attention's queries and keys");
  check_equal(key[key.size() - 2], value[value.size() - 2], "attention's keys and values");
  Sizes result = call.flag("enable_gqa")
                     ? grouped_batch(query, key, value)
                     : broadcast({batch_of(query), batch_of(key), batch_of(value)});
  result.push_back(query[query.size() - 2]);
  const auto mask = call.optional_tensor("attn_mask");
  if (mask) {
    Sizes scores = result;
    scores.push_back(key[key.size() - 2]);
    check_expands(mask->sym_sizes(), scores, "attention's mask");
  }
  result.push_back(value.back());
  return {of_sizes(std::move(result))};
}

/// The result and, of each query, the logarithm of its weights' sum.
Shapes attention_with_sums(const Call& call) {
  check_equal(call.tensor("query").sym_sizes().back(), call.tensor("value").sym_sizes().back(),
              "the widths of attention's heads");
  Shapes shapes = attention(call);
  Sizes sums = sizes_of(call.tensor("query"));
  sums.pop_back();
  shapes.push_back(of_sizes(std::move(sums)));
  return shapes;
}

Shapes as_source(const Call& call) {
  return {of_sizes(sizes_of(call.tensor(std::size_t{0})))};
}

/// The result and, if they are needed, the weights: averaged over heads or of each.
Shapes multi_head(const Call& call) {
  const Sizes query = sizes_of(call.tensor("query"));
  const c10::SymInt keys = call.tensor("key").sym_size(1);
  Shape weights;
  weights.defined = call.flag("need_weights");
  if (call.flag("average_attn_weights")) weights.sizes = {query[0], query[1], keys};
  if (!call.flag("average_attn_weights")) {
    weights.sizes = {query[0], call.size("num_head"), query[1], keys};
  }
  return {of_sizes(query), weights};
}

constexpr NamedRule kAttentionRules[] = {
    {"scaled_dot_product_attention", attention},
    {"_scaled_dot_product_flash_attention_for_cpu", attention_with_sums},
    {"_transformer_encoder_layer_fwd", as_source},
    {"_native_multi_head_attention", multi_head},
};

}  // namespace

RuleTable attention_rules() {
  return kAttentionRules;
}

}  // namespace roundtrip::shapes
