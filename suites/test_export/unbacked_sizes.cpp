// Operators on sizes that only data decides.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

TEST(TestExport, test_unbacked_infer_size) {
  Module model([](const Tensor& x) {
    const c10::SymInt u0 = item(x);
    const Tensor zeros = at::zeros_symint({u0 - 1});
    return zeros + zeros;
  });
  auto program = t.export_program(model, {at::tensor({5})});
  CHECK(program.run({at::tensor({5})}).tensor().size(0) == 4);
  CHECK(program.run({at::tensor({1})}).tensor().size(0) == 0);
}

TEST(TestExport, test_simple_unbacked_view) {
  if (is_cpp_runtime_test(t)) t.skip("the model returns memory that nothing has written");
  Module turned([](const Tensor& x) {
    const c10::SymInt u0 = item(x);
    return at::empty_symint({5, u0}, at::kFloat).view_symint({u0, 5});
  });
  auto program = t.export_program(turned, {at::tensor({9})});
  CHECK(program.run({at::tensor({8})}).tensor().size(0) == 8);
  CHECK(program.run({at::tensor({5})}).tensor().size(0) == 5);

  Module reshaped([](const Tensor& xs) {
    const auto sizes = to_list(xs);
    return at::zeros_symint({sizes[0]}).reshape_symint({sizes[1]});
  });
  program = t.export_program(reshaped, {at::tensor({4, 4})});
  CHECK(program.run({at::tensor({4, 4})}).tensor().size(0) == 4);
  CHECK(program.run({at::tensor({5, 5})}).tensor().size(0) == 5);
}

TEST(TestExport, test_unbacked_unsqueeze) {
  Module model([](const Tensor& xs) {
    const auto sizes = to_list(xs);
    return at::zeros_symint({1, sizes[0] + sizes[1]}).contiguous().unsqueeze(-1);
  });
  auto program = t.export_program(model, {at::tensor({5, 6})}, {}, strict(false));
  for (const Values& args : {Values{at::tensor({5, 6})}, Values{at::tensor({1, 2})}}) {
    CHECK(allclose(program.run(args), model(args)));
  }
}

TEST(TestExport, test_unbacked_expand) {
  Module both([](const Tensor& xs) {
    const auto u = to_list(xs);
    return at::zeros_symint({u[0], u[1], 1}).expand_symint({-1, u[1], u[2]});
  });
  auto program = t.export_program(both, {at::tensor({1, 2, 3})});
  CHECK(program.run({at::tensor({3, 4, 5})}).tensor().sizes() == at::IntArrayRef({3, 4, 5}));
  CHECK(program.run({at::tensor({0, 1, 0})}).tensor().sizes() == at::IntArrayRef({0, 1, 0}));

  Module same([](const Tensor& xs) {
    const auto u = to_list(xs);
    return at::zeros_symint({u[0]}).expand_symint({u[1]});
  });
  program = t.export_program(same, {at::tensor({2, 2})});
  CHECK(program.run({at::tensor({5, 5})}).tensor().size(0) == 5);
  CHECK(program.run({at::tensor({1, 1})}).tensor().size(0) == 1);
  CHECK(has_in_order(run_error(program, {at::tensor({1, 5})}), {kAssertion, "Eq(u0, u1)"}));
}

TEST(TestExport, test_multidimensional_slicing) {
  Module model([](const Tensor& x, const Tensor& y) {
    const c10::SymInt b = item(x);
    torch_check(b.sym_ge(0));
    torch_check(b.sym_lt(y.sym_size(0)));
    return y.select(0, 0).select_symint(0, b);
  });
  check_same_as_eager(t, model, {number(4), at::ones({10, 10})});
}

TEST(TestExport, test_unbacked_slice_simple) {
  Module model([](const Tensor& all, double threshold, const Tensor& topk, const Value&) {
    const Tensor valid_mask = all > threshold;
    Tensor scores = all.index({valid_mask});
    const Tensor valid_idxs = at::nonzero(valid_mask);
    const c10::SymInt num_topk =
        item(at::minimum(topk, at::scalar_tensor(valid_idxs.sym_size(0), at::kLong)));
    check_is_size(num_topk);
    torch_check(scores.sym_size(0).sym_ge(num_topk));
    auto [sorted, idxs] = scores.sort(-1, /*descending=*/true);
    const Tensor kept = idxs.slice_symint(0, {}, num_topk);
    const auto topk_idxs = valid_idxs.index({kept}).unbind(1);
    return std::tuple(sorted.slice_symint(0, {}, num_topk), topk_idxs[1], topk_idxs[0]);
  });
  const Tensor score =
      at::tensor({0.1, 0.3, 0.2, 0.12, 0.7, 0.9, 0.02, 0.8, 0.08, 0.4, 0.1, 0.08}).view({4, 3});
  const Tensor bbox_pred = at::tensor({0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.5, 0.1}).view({4, 2});
  check_same_as_eager(t, model, {score, 0.15, number(4), Value::dict({{"bbox_pred", bbox_pred}})});
}

TEST(TestExport, test_suggested_fixes_for_data_dependent_errors_basic) {
  Module model([](const Tensor& values) {
    std::vector<c10::SymInt> items;
    for (std::int64_t i = 0; i < values.numel(); ++i) items.push_back(item(values.select(0, i)));
    return at::randn_symint({items[0], items[1]}).view_symint({items[0], items[2]}) + 1;
  });
  auto program = t.export_program(model, {at::tensor({1, 4, 4}, at::kInt)}, {}, strict(false));
  CHECK(program.run({at::tensor({2, 3, 3}, at::kInt)}).tensor().size(1) == 3);
}

TEST(TestExport, test_no_check_is_size_error) {
  Module model([](const Tensor& x) { return at::randn({24}).view_symint({item(x), 4}); });
  auto program = t.export_program(model, {number(6)});
  program.run({number(6)});
  CHECK(
      has_in_order(run_error(program, {number(5)}), {"Runtime assertion failed for ", "u", " 6"}));
}

TEST(TestExport, test_unbacked_3d_matmul) {
  Module model([](const Tensor& x, const Tensor& repeat) {
    const c10::SymInt u0 = item(repeat);
    const Tensor t1 = x.unsqueeze(1).expand_symint({x.sym_size(0), u0 / 2, x.sym_size(-1)});
    return at::matmul(t1, at::ones({3}));
  });
  check_same_as_eager(t, model, {at::randn({4, 3}), at::scalar_tensor(2, at::kInt)});
}

TEST(TestExport, test_layer_norm_unbacked_normalized_shape) {
  Module model([](const Tensor& scalar, const Tensor& weight, const Tensor& bias) {
    const c10::SymInt u1 = item(scalar);
    return at::layer_norm_symint(at::ones_symint({2, u1}), {u1}, weight, bias);
  });
  check_same_as_eager(t, model,
                      {at::scalar_tensor(16, at::kInt), at::randn({16}), at::randn({16})});
}

TEST(TestExport, test_unbacked_linear_layer_norm_input) {
  const Tensor weight = parameter(at::randn({8, 387})), bias = parameter(at::randn({8}));
  Module model(
      [=](const Tensor& x, const Tensor& mask) {
        const Tensor view = x.masked_select(mask).view({-1, 387});
        return std::tuple(at::linear(view, weight, bias), at::layer_norm(view, {387}));
      },
      state({{"linear.weight", weight}, {"linear.bias", bias}}));
  check_same_as_eager(t, model, {at::randn({256, 387}), at::zeros({256, 1}, at::kBool)});
}

TEST(TestExport, test_unbacked_kth_value) {
  Module model([](const Tensor& x, const Tensor& y) {
    const c10::SymInt k = sym_min(item(y), 128);
    return std::get<0>(at::kthvalue_symint(x, k, 0, true));
  });
  auto program = t.export_program(model, {at::arange(64), number(32)});
  CHECK(program.run({at::arange(64), number(32)}).tensor().item<std::int64_t>() == 31);
}

TEST(TestExport, test_unbacked_pad) {
  Module model([](const Tensor& xs, const Tensor& pad) {
    return at::pad_symint(at::ones_symint(to_list(xs)), to_list(pad));
  });
  const Tensor x = at::tensor({64, 64, 64});
  auto program = t.export_program(model, {x, at::tensor({8, -8, 4, 0})});
  for (const Tensor& pad : {at::tensor({8, -8, 4, 0}), at::tensor({-5, 9, 0, 8})}) {
    CHECK(program.run({x, pad}).tensor().sizes() == model({x, pad}).tensor().sizes());
  }
}

TEST(TestExport, test_unbacked_noncontig_lin) {
  if (is_cpp_runtime_test(t)) t.skip("the model returns memory that nothing has written");
  const Tensor weight = parameter(at::randn({64, 32})), bias = parameter(at::randn({64}));
  Module model(
      [=](const Tensor& x) {
        return at::linear(at::empty_symint({item(x)}, at::kFloat).view({1, -1, 32}), weight, bias);
      },
      state({{"lin.weight", weight}, {"lin.bias", bias}}));
  auto program = t.export_program(model, {at::tensor({128}, at::kLong)});
  for (const std::int64_t size : {128, 512}) {
    const Values args{at::tensor({size})};
    CHECK(program.run(args).tensor().sizes() == model(args).tensor().sizes());
  }
}

TEST(TestExport, test_export_graph_with_no_inputs) {
  Module random([] { return std::tuple(at::randn({3, 4}), at::randn({3, 4})); });
  const Value pair = t.export_program(random, {}).run({});
  CHECK(pair[0].tensor().sizes() == at::IntArrayRef({3, 4}));
  CHECK(pair[1].tensor().sizes() == at::IntArrayRef({3, 4}));

  Module eleven([] { return at::zeros_symint({item(at::full({}, 11, at::kLong))}); });
  check_same_as_eager(t, eleven, {});
}

}  // namespace roundtrip
