// Dimensions that are linear functions of others.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

Tensor vector_of(std::int64_t size) {
  return at::randn({size});
}

std::int64_t size_of(const ExportedProgram& program, const Values& args) {
  return program.run(args).tensor().size(0);
}

/// `x + y[1:]`, `x + y[1:] + z[2:]`
Module shifted_sum() {
  return Module([](const Tensor& x, const Tensor& y) { return x + y.slice(0, 1); })
      .arg_names({"x", "y"});
}

Module twice_shifted_sum() {
  return Module([](const Tensor& x, const Tensor& y, const Tensor& z) {
           return x + y.slice(0, 1) + z.slice(0, 2);
         })
      .arg_names({"x", "y", "z"});
}

}  // namespace

TEST(TestExport, test_derived_dim_basic) {
  const Module model = shifted_sum();
  const Values inputs{vector_of(5), vector_of(6)};
  const Dim dimx("dimx", 3, 6);
  const Dim unrelated("dimy", 4, 7);
  const auto violated = export_error(t, model, inputs, positional({{{0, dimx}}, {{0, unrelated}}}));
  CHECK(has_in_order(violated, {"Constraints violated (dimy)!", "The values of dimy",
                                "must always be related to the values of dimx", "by",
                                "Suggested fixes:", "dimy = dimx + 1"}));
  const auto unequal = export_error(t, model, inputs, positional({{{0, dimx}}, {{0, dimx * 2}}}));
  CHECK(has_in_order(
      unequal, {"Expected input", "size", " to be equal to 2*dimx, where dimx = 5, but got 6"}));

  auto program = t.export_program(model, inputs, {}, positional({{{0, dimx}}, {{0, dimx + 1}}}));
  CHECK(has_in_order(run_error(program, {vector_of(4), vector_of(6)}),
                     {"Guard failed: x.size()[0] == -1 + y.size()[0]"}));
  CHECK(size_of(program, {vector_of(4), vector_of(5)}) == 4);
}

TEST(TestExport, test_derived_dim_nested) {
  const Dim dimx("dimx", 3, 6);
  Module odd([](const Tensor& x, const Tensor& y) { return x + y.slice(0, 1, {}, 2); });
  odd.arg_names({"x", "y"});
  auto program = t.export_program(odd, {vector_of(5), vector_of(11)}, {},
                                  positional({{{0, dimx}}, {{0, dimx * 2 + 1}}}));
  CHECK(size_of(program, {vector_of(4), vector_of(9)}) == 4);

  Module both(
      [](const Tensor& z, const Tensor& y) { return z.slice(0, 1) + y.slice(0, 1, {}, 2); });
  both.arg_names({"z", "y"});
  const Values inputs{vector_of(6), vector_of(11)};
  program = t.export_program(both, inputs, {}, positional({{{0, dimx}}, {{0, dimx * 2 - 1}}}));
  CHECK(size_of(program, {vector_of(5), vector_of(9)}) == 4);

  const auto unequal =
      export_error(t, both, inputs, positional({{{0, dimx + 1}}, {{0, dimx * 2 - 1}}}));
  CHECK(has_in_order(unequal, {"Expected input", "size",
                               "to be equal to 2*dimx - 1, where dimx = 5, but got 11"}));

  program = t.export_program(both, inputs, {}, positional({{{0, dimx + 1}}, {{0, dimx * 2 + 1}}}));
  CHECK(has_in_order(run_error(program, {vector_of(8), vector_of(15)}),
                     {"Guard failed: z.size()[0] <= 7"}));
  CHECK(has_in_order(run_error(program, {vector_of(5), vector_of(8)}),
                     {"Guard failed: -1 + 2 * z.size()[0] == y.size()[0]"}));
  CHECK(size_of(program, {vector_of(5), vector_of(9)}) == 4);
}

TEST(TestExport, test_derived_dim_integer) {
  Module model([](const Tensor& w) {
    return w.sym_size(0) % 2 == 0 ? w.slice(0, 0, {}, 2) : w.slice(0, 1, -1, 2);
  });
  model.arg_names({"w"});
  const Dim dimx("dimx", 3, 6);
  CHECK(has_in_order(export_error(t, model, {vector_of(10)}, positional({{{0, dimx * 2 + 1}}})),
                     {"Expected shape",
                      "= 10 of input Tensor to be of the form 2*dimx + 1, where dimx is an "
                      "integer"}));

  auto program = t.export_program(model, {vector_of(10)}, {}, positional({{{0, dimx * 2}}}));
  CHECK(has_in_order(run_error(program, {vector_of(9)}), {"Guard failed: w.size()[0] % 2 == 0"}));
  CHECK(size_of(program, {vector_of(8)}) == 4);
  CHECK(has_in_order(run_error(program, {vector_of(14)}), {"Guard failed: w.size()[0] <= 12"}));
}

TEST(TestExport, test_derived_dim_repeat_derived) {
  Module model(
      [](const Tensor& u, const Tensor& v) { return u.slice(0, 0, {}, 2) + v.slice(0, 0, {}, 2); });
  model.arg_names({"u", "v"});
  const Dim dimw = Dim("dimx", 3, 6) * 2;
  auto program = t.export_program(model, {vector_of(10), vector_of(10)}, {},
                                  positional({{{0, dimw}}, {{0, dimw}}}));
  CHECK(size_of(program, {vector_of(8), vector_of(8)}) == 4);
}

TEST(TestExport, test_derived_dim_out_of_order) {
  const Dim dimy("dimy", 5, 7);
  auto program = t.export_program(twice_shifted_sum(), {vector_of(5), vector_of(6), vector_of(7)},
                                  {}, positional({{{0, dimy - 1}}, {{0, dimy}}, {{0, dimy + 1}}}));
  CHECK(has_in_order(run_error(program, {vector_of(6), vector_of(7), vector_of(5)}),
                     {"Guard failed: z.size()[0] >= 6"}));
  CHECK(size_of(program, {vector_of(6), vector_of(7), vector_of(8)}) == 6);
}

TEST(TestExport, test_derived_dim_out_of_order_repeat_derived) {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& z, const Tensor& x1,
                  const Tensor& x2) { return x + y.slice(0, 1) + z.slice(0, 2) + x1 + x2; });
  model.arg_names({"x", "y", "z", "x1", "x2"});
  const Dim dimy("dimy", 5, 7);
  const Dim dimx = dimy - 1;
  const Dim dimz = dimy + 1;
  const auto options =
      positional({{{0, dimx}}, {{0, dimy}}, {{0, dimz}}, {{0, dimx}}, {{0, dimz - 2}}});
  const Tensor u = vector_of(5), v = vector_of(6), w = vector_of(7);
  const Values all_different{u, v, w, vector_of(5), vector_of(5)};
  const Values reused{u, v, w, u, u};
  for (const Values& inputs : {all_different, reused}) {
    auto program = t.export_program(model, inputs, {}, options);
    CHECK(has_in_order(
        run_error(program, {vector_of(6), vector_of(7), vector_of(8), vector_of(6), vector_of(5)}),
        {"Guard failed: x2.size()[0] == x.size()[0]"}));
    CHECK(size_of(program,
                  {vector_of(6), vector_of(7), vector_of(8), vector_of(6), vector_of(6)}) == 6);
  }
}

TEST(TestExport, test_specialize_derived_dim_roots) {
  Module model([](const Tensor& x, const Tensor& y) { return x.reshape({-1}) + y; });
  model.arg_names({"x", "y"});
  const Dim dy("dy", 6);
  const auto error = export_error(t, model, {at::randn({6, 2}), vector_of(12)},
                                  dynamic({{"x", {dy - 6, 2}}, {"y", {dy}}}));
  CHECK(has_in_order(
      error,
      {"Specializations unexpectedly required (dy)!", "solving the guards generated for dy - 6",
       "resulted in a specialized value of 6", "Suggested fixes", "dy = 12"}));
  CHECK(error.find("dy - 6 = 6") == std::string::npos);
}

TEST(TestExport, test_derived_dim_out_of_order_simplified) {
  const Dim root("_dimz", 6, 8);
  const Dim dimy = root - 1;
  const Dim dimx = dimy - 1;
  const Dim unrelated("dimz", 6, 8);
  const Values inputs{vector_of(5), vector_of(6), vector_of(7)};
  const auto error = export_error(t, twice_shifted_sum(), inputs,
                                  positional({{{0, dimx}}, {{0, dimy}}, {{0, unrelated}}}));
  CHECK(has_in_order(error, {"Constraints violated (dimz)!", "The values of dimz",
                             "must always be related to the values of _dimz - 2", "by",
                             "Suggested fixes:", "dimz = _dimz"}));
  CHECK(error.find("_dimz - 2 = Dim(") == std::string::npos);
  CHECK(error.find("_dimz - 1 = _dimz - 1") == std::string::npos);
  CHECK(error.find("_dimz = Dim(") == std::string::npos);

  auto program = t.export_program(twice_shifted_sum(), inputs, {},
                                  positional({{{0, dimx}}, {{0, dimy}}, {{0, dimx + 2}}}));
  CHECK(has_in_order(run_error(program, {vector_of(6), vector_of(7), vector_of(5)}),
                     {"Guard failed: z.size()[0] >= 6"}));
  CHECK(size_of(program, {vector_of(6), vector_of(7), vector_of(8)}) == 6);
}

TEST(TestExport, test_derived_dim_out_of_order_simplified_repeat_non_derived) {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& y1, const Tensor& z) {
    return x + y.slice(0, 1) + y1.slice(0, 1) + z.slice(0, 2);
  });
  model.arg_names({"x", "y", "y1", "z"});
  const Dim dimy = Dim("_dimz", 6, 8) - 1;
  const Dim dimx = dimy - 1;
  auto program =
      t.export_program(model, {vector_of(5), vector_of(6), vector_of(6), vector_of(7)}, {},
                       positional({{{0, dimx}}, {{0, dimy}}, {{0, dimy}}, {{0, dimx + 2}}}));
  CHECK(has_in_order(run_error(program, {vector_of(6), vector_of(7), vector_of(5), vector_of(8)}),
                     {"Guard failed: y1.size()[0] == y.size()[0]"}));
  CHECK(size_of(program, {vector_of(6), vector_of(7), vector_of(7), vector_of(8)}) == 6);
}

TEST(TestExport, test_dim_1_2) {
  Module model([](const Tensor& x) { return x * 2; });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::randn({2, 2})}, {},
                                  positional({{{0, Dim("dx", 1, 2)}, {1, Dim::STATIC}}}));
  program.run({at::randn({1, 2})});
  program.run({at::randn({2, 2})});
  CHECK(has_in_order(run_error(program, {at::randn({3, 2})}), {"Guard failed: x.size()[0] <= 2"}));
  CHECK(lower_bounds(program) == std::vector<std::int64_t>{1});
  CHECK(upper_bounds(program) == std::vector<std::int64_t>{2});
}

TEST(TestExport, test_derived_dim_1_2) {
  const Dim dx("dx", 1, 2);
  auto program = t.export_program(shifted_sum(), {at::randn({2, 2}), at::randn({3, 2})}, {},
                                  positional({{{0, dx}}, {{0, dx + 1}}}));
  CHECK(has_in_order(run_error(program, {at::randn({1, 2}), at::randn({2, 2})}),
                     {"Guard failed: -1 + y.size()[0] != 1"}));
  CHECK(lower_bounds(program) == std::vector<std::int64_t>{1, 2});
  CHECK(upper_bounds(program) == std::vector<std::int64_t>{2, 3});
}

TEST(TestExport, test_issue_161902) {
  Module add([](const Tensor& x, const Tensor& y) { return x + y; });
  add.arg_names({"x", "y"});
  const Dim dx("dx", 1, 2);
  const auto error =
      export_error(t, add, {at::randn({2, 3}), at::randn({2, 3})},
                   dynamic({{"x", {2 * dx, Dim::STATIC}}, {"y", {dx + 1, Dim::STATIC}}}));
  CHECK(has_in_order(
      error, {"Constraints violated",
              "You marked 2*dx as dynamic but your code specialized it to be a constant (2)",
              "You marked dx + 1 as dynamic but your code specialized it to be a constant (2)"}));
}

}  // namespace roundtrip
