// Values that only data decides: item(), nonzero(), and what is stated of them.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr const char* kNoGuard = "Could not guard on data-dependent expression ";
constexpr const char* kFalse = "Expected cond to be True, but got False";

/// Runs the model's Python `torch._check`s without exporting.
std::string eager_error(const Module& model, const Values& args) {
  try {
    model(args);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

Tensor ones_of(const Tensor& y, const c10::SymInt& n) {
  return y.sum() + at::ones_symint({n, 5}).sum();
}

}  // namespace

TEST(TestExport, test_symint_item) {
  Module model([](const Tensor& tensor) { return tensor.item().toSymInt(); });
  check_same_as_eager(t, model, {at::tensor({1}, at::kInt)});
}

TEST(TestExport, test_symbool_item) {
  Module model([](const Tensor& tensor) { return tensor.item().toSymBool(); });
  const Values inputs{at::tensor({1}, at::kInt).to(at::kBool)};
  // As upstream, without what the run does to exports: no file holds a condition as a result.
  CHECK(bitwise_equal(export_program(model, inputs).module()(inputs), model(inputs)));
}

TEST(TestExport, test_symfloat_item) {
  Module model([](const Tensor& tensor) { return tensor.item().toSymFloat(); });
  check_same_as_eager(t, model, {at::tensor({3.14}, at::kFloat)});
}

// Upstream exports the next two with fake_tensor_propagate_real_tensors, under which Python's max
// and bool see real values. What C++ has for them stays an unbacked symbol in the program.
TEST(TestExport, test_real_tensor_for_max_op) {
  Module model([](const Tensor& x, const Tensor& y) {
    return sym_max(x.index({x > 0}).sym_size(0), y.index({y > 0}).sym_size(0));
  });
  const Tensor x = at::zeros({64}), y = at::ones({64});
  auto program = t.export_program(model, {x, y});
  CHECK(program.run({x, y}).to_int() == 64);
  CHECK(program.run({x, x}).to_int() == 0);
}

TEST(TestExport, test_real_tensor_bool_cast) {
  // As a number: no file holds a condition as a result.
  Module model([](const Tensor& x) { return sym_ite(x.eq(0.1).any().item().toSymBool(), 1, 0); });
  auto program = t.export_program(model, {at::randn({64})}, {}, strict(false));
  for (const bool has_one : {false, true}) {
    const Tensor x = at::randn({64});
    x[3].fill_(has_one ? 0.1 : 0.2);
    CHECK(bitwise_equal(program.run({x}), model({x})));
    CHECK(program.run({x}).to_int() == (has_one ? 1 : 0));
  }
}

TEST(TestExport, test_tolist) {
  Module model([](const Tensor& x) {
    Values numbers;
    for (const auto& value : to_list(x)) numbers.emplace_back(value);
    return Value::list(numbers);
  });
  auto program = t.export_program(model, {at::ones({3}, at::kInt)});
  const Value result = program.run({at::tensor({1, 2, 3}, at::kInt)});
  CHECK(bitwise_equal(result, Value::list({1, 2, 3})));
}

TEST(TestExport, test_raise_user_error_when_guard_on_data_dependent_operation) {
  Module model([](const Tensor& x) { return x.nonzero().sym_size(0) > 2 ? x.cos() : x.sin(); });
  CHECK(has_in_order(export_error(t, model, {at::tensor({2, 3, 5})}), {kNoGuard}));
}

TEST(TestExport, test_error_does_not_reference_eager_fallback) {
  Module model([](const Tensor& x) { return x.nonzero().sym_size(0) > 2 ? x.cos() : x.sin(); });
  const auto error = export_error(t, model, {at::tensor({2, 3, 5})});
  CHECK(has_in_order(error, {kNoGuard}));
  CHECK(error.find("fall back to eager") == std::string::npos);
}

TEST(TestExport, test_torch_check_eq_commutativity) {
  for (const bool equal : {true, false}) {
    Module model([=](const Tensor& x1, const Tensor& x2, const Tensor& x3, const Tensor& y) {
      const c10::SymInt z1 = item(x1), z2 = item(x2), z3 = item(x3);
      torch_check(equal ? z1.sym_eq(z2 + z3) : z1.sym_ne(z2 + z3));
      return z2 + z3 == z1 ? y * 2 : y + 3;
    });
    const std::int64_t part = equal ? 3 : 6;
    check_same_as_eager(t, model, {number(6), number(part), number(part), at::randn({1})});
  }
}

namespace {

constexpr const char* kDecomposedSymbols =
    "a decomposed program keeps unbacked symbols that are known to equal sizes";

}  // namespace

TEST(TestExport, test_replaced_unbacked_bindings,
     xfail("training_ir_to_run_decomp", {.reason = kDecomposedSymbols}),
     xfail("training_ir_to_run_decomp_non_strict", {.reason = kDecomposedSymbols}),
     xfail("decompose", {.reason = kDecomposedSymbols})) {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& z) {
    const c10::SymInt m = item(x), n = item(y);
    torch_check(m.sym_eq(4));
    torch_check(n.sym_eq(z.sym_size(0)));
    return at::add(z, at::Scalar(m + n));
  });
  model.arg_names({"x", "y", "z"});
  auto program = t.export_program(
      model, {number(4), number(5), at::randn({5})}, {},
      dynamic({{"x", ShapeSpec()}, {"y", ShapeSpec()}, {"z", {Dim("dx", std::nullopt, 16)}}}));
  for (const GraphValue* value : program.program().graph_module.graph.values()) {
    const auto* number = std::get_if<SymInt>(&value->type());
    const auto* expr = number ? std::get_if<SymExpr>(number) : nullptr;
    CHECK((!expr || expr->expr_str.find("'u") == std::string::npos));
  }
}

TEST(TestExport, test_constrain_size_in_eager) {
  Module model([](const Tensor& x, const Tensor& y) {
    const c10::SymInt n = item(x.max());
    torch_check(n.sym_ge(0));
    return at::add(y, at::Scalar(n));
  });
  auto program = t.export_program(model, {at::randint(1, 2, {2, 2}), at::randint(3, 5, {2, 3})});
  const Values other{at::randint(1, 2, {2, 2}), at::randint(3, 5, {2, 3})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_constrain_size_with_constrain_value) {
  Module model([](const Tensor& x, const Tensor& y) {
    const c10::SymInt n = item(x.max());
    torch_check(n.sym_ge(2));
    torch_check(n.sym_le(10));
    return at::add(y, at::Scalar(n));
  });
  const Values ones{at::randint(1, 2, {2, 2}), at::randint(3, 5, {2, 3})};
  CHECK(has_in_order(eager_error(model, ones), {kFalse}));
  auto program = t.export_program(model, {at::randint(3, 4, {2, 2}), at::randint(3, 5, {2, 3})});
  CHECK(has_in_order(run_error(program, ones), {kAssertion, "u0 >= 2"}));
}

TEST(TestExport, test_constrain_size_with_various_cases) {
  auto bounded = [](std::int64_t min, std::optional<std::int64_t> max) {
    return Module([=](const Tensor& x, const Tensor& y) {
      const c10::SymInt n = item(x);
      check_is_size(n);
      torch_check(n.sym_ge(min));
      if (max) torch_check(n.sym_le(*max));
      return ones_of(y, n);
    });
  };
  auto check = [&](const Module& model, std::int64_t good, std::vector<std::int64_t> bad) {
    const Values args{number(good), at::ones({4, 5})};
    auto program = t.export_program(model, {number(good), at::randn({4, 5})});
    for (const std::int64_t value : bad) {
      CHECK(has_in_order(eager_error(model, {number(value), at::randn({4, 5})}), {kFalse}));
    }
    CHECK(allclose(program.run(args), model(args)));
  };
  check(bounded(0, std::nullopt), 1, {-1});
  check(bounded(0, 6), 5, {7, 9});
  bounded(0, 1)({number(1), at::randn({4, 5})});
  check(bounded(2, std::nullopt), 5, {1});
  check(bounded(1, std::nullopt), 5, {0});
}

TEST(TestExport, test_automatic_constrain_size) {
  Module model([](const Tensor& x, const Tensor& y) { return ones_of(y, item(x)); });
  auto program = t.export_program(model, {number(1), at::ones({4, 5})});
  CHECK(has_in_order(run_error(program, {number(-1), at::randn({4, 5})}), {kAssertion, "u0 >= 0"}));
  const Values args{number(1), at::ones({4, 5})};
  CHECK(allclose(program.run(args), model(args)));
}

TEST(TestExport, test_export_with_inline_constraints) {
  Module model([](const Tensor& x) {
    const c10::SymInt a = item(x);
    torch_check(a.sym_ge(4));
    torch_check(a.sym_le(7));
    return at::randn_symint({a, 4});
  });
  auto program = t.export_program(model, {at::tensor({5})});
  CHECK(program.run({at::tensor({6})}).tensor().sizes() == at::IntArrayRef({6, 4}));
  CHECK(count_in_text(program, "torch.ops.aten._assert_scalar.default(") == 2);
  CHECK(count_in_text(program, "torch.ops.aten.sym_constrain_range.default(") == 0);
  CHECK(count_in_text(program, "torch.ops.aten.sym_constrain_range_for_size.default(") == 0);
  CHECK(has_in_order(run_error(program, {at::tensor({30})}), {kAssertion, "u0 <= 7"}));
}

TEST(TestExport, test_export_with_inline_constraints_complex) {
  Module model([](const Tensor& x) {
    const c10::SymInt a = item(x);
    torch_check(a.sym_ge(4));
    torch_check(a.sym_le(7));
    const Tensor random = at::randn_symint({a, 4});
    return at::cat({random.transpose(0, 1), at::zeros_symint({6, a})}, 0);
  });
  auto program = t.export_program(model, {at::tensor({6})});
  CHECK(program.run({at::tensor({5})}).tensor().sizes() == at::IntArrayRef({10, 5}));
  CHECK(count_in_text(program, "torch.ops.aten._assert_scalar.default(") == 2);
  CHECK(count_in_text(program, "torch.ops.aten.sym_constrain_range.default(") == 0);
  CHECK(count_in_text(program, "torch.ops.aten.sym_constrain_range_for_size.default(") == 0);
}

TEST(TestExport, test_sym_or_sym_and) {
  Module model([](const Tensor& xs) {
    const auto u = to_list(xs);
    torch_check(sym_or({u[0].sym_eq(2), u[0].sym_eq(4), u[0].sym_eq(6)}));
    torch_check(sym_and({u[1].sym_ge(4), u[1].sym_le(8), u[2].sym_eq(5)}));
    return u[0] + u[1] + u[2];
  });
  auto program = t.export_program(model, {at::tensor({2, 6, 5})}, {}, strict(false));
  CHECK(program.run({at::tensor({2, 6, 5})}).to_int() == 13);
  CHECK(program.run({at::tensor({4, 7, 5})}).to_int() == 16);
  CHECK(program.run({at::tensor({6, 5, 5})}).to_int() == 16);
  CHECK(has_in_order(run_error(program, {at::tensor({3, 6, 5})}),
                     {" expression Eq(u0, 2) | Eq(u0, 4) | Eq(u0, 6) "}));
  CHECK(has_in_order(run_error(program, {at::tensor({6, 6, 6})}), {" expression u", " <= 5 "}));
}

TEST(TestExport, test_redundant_assert_max_upper_bound) {
  Module model([](const Tensor& x) {
    const Tensor b = x.nonzero();
    torch_check(b.sym_size(0).sym_ge(3));
    return b;
  });
  auto program = t.export_program(model, {at::tensor({1, 1, 1, 0, 1})}, {},
                                  positional({ShapeSpec{Dim("dim")}}));
  CHECK(count_in_text(program, "torch.ops.aten._assert_scalar.default(") == 1);
}

TEST(TestExport, test_nonzero_2) {
  Module model([](const Tensor& x) { return at::nonzero(x); });
  auto program = t.export_program(model, {at::ones({2})});
  const Tensor input = at::randn({2});
  CHECK(at::allclose(program.run({input}).tensor(), at::nonzero(input)));
}

TEST(TestExport, test_unbacked_scalar_constructor) {
  Module model([](const Tensor& u, const Tensor& zuf, const Tensor& b) {
    return std::tuple(at::scalar_tensor(u.item(), at::kLong),
                      at::scalar_tensor(zuf.item(), at::kFloat),
                      at::scalar_tensor(b.item(), at::kBool));
  });
  auto inputs = [](std::int64_t u, double zuf, bool b) {
    return Values{at::full({1}, u, at::kLong), at::full({1}, zuf), at::full({1}, b, at::kBool)};
  };
  auto program = t.export_program(model, inputs(3, 3.14, true));
  for (const Values& args : {inputs(3, 3.14, true), inputs(5, -1.2, false)}) {
    CHECK(allclose(program.run(args), model(args)));
  }
}

TEST(TestExport, test_sym_float_operators) {
  Module model([](const Tensor& x) {
    const c10::SymFloat half = x.max().item().toSymFloat() / 2;
    return at::add(x, at::Scalar(half * -1));
  });
  check_same_as_eager(t, model, {at::ones({4})});
}

TEST(TestExport, test_isnonzero) {
  Module model([](const Tensor& x) { return at::is_nonzero(x); });
  CHECK(has_in_order(export_error(t, model, {at::randn({4, 4})}, strict(false)),
                     {"Boolean value of Tensor with more than"}));
}

// Upstream exports it under fake_tensor_propagate_real_tensors, under which Python knows the
// answer and fixes it in the program. Here it stays a data-dependent condition.
TEST(TestExport, test_is_nonzero) {
  // As a number: no file holds a condition as a result.
  Module model([](const Tensor& x) { return sym_ite(sym_is_nonzero(x), 1, 0); });
  for (const at::ScalarType type : {at::kLong, at::kFloat, at::kBool}) {
    const Values samples[] = {{at::scalar_tensor(0, type)}, {at::scalar_tensor(1, type)}};
    for (const Values& sample : samples) {
      auto program = t.export_program(model, sample, {}, strict(false));
      CHECK(program.module()(samples[0]).to_int() == 0);
      CHECK(program.module()(samples[1]).to_int() == 1);
    }
  }
}

}  // namespace roundtrip
