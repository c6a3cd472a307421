// Sizes, slices and branches that data decides: which need help, and what errors say.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

Tensor scalar_of(std::int64_t value) {
  return at::scalar_tensor(value, at::kLong);
}

std::vector<Tensor> ten_rows() {
  std::vector<Tensor> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(at::ones({5}) * i);
  return rows;
}

/// Exports without strict, as upstream's puzzles do, and compares with the model.
void check_needs_no_fix(TestContext& t, const Module& model, const Values& inputs) {
  auto program = t.export_program(model, inputs, {}, strict(false));
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace

// No puzzle needs a fix any more: upstream's lists of fixes are empty.
TEST(TestExport, test_suggested_fixes_for_data_dependent_errors_puzzlers) {
  Module implicit_size(
      [](const Tensor& x, const Tensor& y) { return y.narrow_symint(0, item(x), 1).squeeze(); });
  check_needs_no_fix(t, implicit_size, {scalar_of(2), at::randn({10})});

  Module stack_list([](const std::vector<Tensor>& xs, const Tensor& y) {
    return at::stack(xs, 0).narrow_symint(0, item(y), 1).squeeze();
  });
  Values rows;
  for (const Tensor& row : ten_rows()) rows.emplace_back(row);
  check_needs_no_fix(t, stack_list, {Value::list(rows), scalar_of(2)});

  Module tensor_split([](const Tensor& x, const Tensor& offsets) {
    Values parts;
    c10::SymInt start = 0;
    for (const c10::SymInt& length : to_list(at::diff(offsets))) {
      parts.emplace_back(x.narrow_symint(0, start, length));
      start = start + length;
    }
    return Value::list(parts);
  });
  check_needs_no_fix(t, tensor_split, {at::arange(10), at::tensor({0, 2, 5, 7, 10})});
}

TEST(TestExport, test_no_suggested_fixes_for_data_dependent_errors) {
  Values rows;
  for (const Tensor& row : ten_rows()) rows.emplace_back(row);
  const Values inputs{Value::list(rows), scalar_of(2)};

  Module of_call([](const std::vector<Tensor>& xs, const Tensor& y) {
    const Tensor stacked = at::stack(xs, 0);
    const c10::SymInt count = static_cast<std::int64_t>(xs.size());
    const c10::SymInt start = item(y) < 0 ? item(y) + count : item(y);
    return stacked.narrow_symint(0, start, 1).squeeze();
  });
  CHECK(has_in_order(export_error(t, of_call, inputs, strict(false)),
                     {"Could not guard on data-dependent expression u0 < 0"}));

  struct Box {
    c10::SymInt content;
  };
  Module of_field([](const std::vector<Tensor>& xs, const Tensor& y) {
    const Tensor stacked = at::stack(xs, 0);
    const Box box{item(y)};
    const c10::SymInt count = static_cast<std::int64_t>(xs.size());
    const c10::SymInt start = box.content < 0 ? box.content + count : box.content;
    return stacked.narrow_symint(0, start, 1).squeeze();
  });
  CHECK(has_in_order(export_error(t, of_field, inputs, strict(false)),
                     {"Could not guard on data-dependent expression u0 < 0"}));
}

TEST(TestExport, test_unbacked_slice_forward) {
  Module model([](const Tensor& x, const Tensor& xs) {
    const auto u = to_list(xs);
    return x.slice_symint(0, u[0], u[1]);
  });
  model.arg_names({"x", "xs"});
  const Tensor x = at::randn({10});
  auto program = t.export_program(model, {x, at::tensor({3, 6})});
  for (const Tensor& ends : {at::tensor({3, 6}), at::tensor({-9, -1}), at::tensor({-10000, 10000}),
                             at::tensor({0, -10})}) {
    CHECK(allclose(program.run({x, ends}), model({x, ends})));
  }
  // Those of the two values, and of the result's size and storage offset.
  for (const char* symbol : {"u0", "u1", "u2", "u3"}) {
    CHECK(program.program().range_constraints.contains(symbol));
  }
  CHECK(program.program().range_constraints.size() == 4);
}

TEST(TestExport, test_unbacked_stack) {
  Module model([](const Tensor& x) {
    const c10::SymInt count = at::nonzero(x).sym_size(0);
    torch_check((count % 4).sym_eq(0));
    // The same size when it runs, by two formulas.
    return at::stack({at::zeros_symint({count / 2, 4}), at::zeros_symint({(count / 4) * 2, 4})}, 0);
  });
  check_same_as_eager(t, model, {at::ones({32})});
}

TEST(TestExport, test_unbacked_bincount) {
  Module model([](const Tensor& xs) {
    const auto u = to_list(xs);
    return at::bincount_symint(at::ones_symint({u[0]}, at::kLong), {}, u[1]);
  });
  const Values inputs{at::tensor({20, 10})};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  const Values other{at::tensor({5, 10})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_math_pow,
     xfail_under({"training_ir_to_run_decomp", "training_ir_to_run_decomp_non_strict", "decompose"},
                 "it names the nodes as they are before item is taken apart")) {
  Module model([](const Tensor& x, const Tensor& y) {
    return at::mul(y, at::Scalar(sym_pow(sym_min(item(x), 10), 10)));
  });
  model.arg_names({"x", "y"});
  const Values inputs{scalar_of(5), at::randn({5})};
  auto program = t.export_program(model, inputs, {}, strict(false));
  CHECK(node_names(program) == "item, sym_min, pow_1, mul");
  CHECK(count_in_text(program, "torch.sym_min(") == 1);
  CHECK(count_in_text(program, "sym_min ** 10") == 1);
  for (const std::int64_t value : {5, -3, 12}) {
    const Values others{scalar_of(value), inputs[1]};
    CHECK(allclose(program.run(others), model(others)));
  }
}

TEST(TestExport, test_colin_unbacked_backed_vr_sub) {
  Module model([](const Tensor& a, const Tensor& b, const Tensor& c) {
    const Tensor ones = a.new_ones_symint({at::nonzero(a).sym_size(0), b.sym_size(0)});
    torch_check(ones.sym_size(0).sym_ge(1));
    return at::add(ones, c);
  });
  model.arg_names({"a", "b", "c"});
  const Values inputs{at::ones({64}), at::randn({32}), at::randn({64, 32})};
  const BackedSizeOblivious oblivious;
  auto program = t.export_program(
      model, inputs, {},
      dynamic({{"a", ShapeSpec()}, {"b", ShapeSpec()}, {"c", {Dim::DYNAMIC, Dim::STATIC}}}));
  CHECK(allclose(program.run(inputs), model(inputs)));
  for (const auto& range : program.program().range_constraints) {
    if (range.key() == "u0" || range.key() == "s0") CHECK(range.value().min_val == 1);
  }
  CHECK(program.program().range_constraints.contains("u0"));
}

}  // namespace roundtrip
