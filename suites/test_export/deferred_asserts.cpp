// Conditions on sizes that the program asserts when it runs, instead of guarding its
// inputs: prefer_deferred_runtime_asserts_over_guards.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

ExportOptions deferring(ExportOptions options) {
  options.prefer_deferred_runtime_asserts_over_guards = true;
  return options;
}

std::vector<std::int64_t> sizes_of(const ExportedProgram& program, const Values& args) {
  return program.run(args).tensor().sizes().vec();
}

}  // namespace

TEST(TestExport, test_disable_forced_specializations_ok) {
  Module divided([](const Tensor& x) { return x.reshape_symint({x.sym_size(0) - 1, 4, -1}); });
  divided.arg_names({"x"});
  auto program = t.export_program(divided, {at::randn({10, 72})}, {},
                                  deferring(dynamic({{"x", {Dim("dx"), Dim("dy")}}})));
  CHECK(sizes_of(program, {at::randn({8, 7})}) == std::vector<std::int64_t>{7, 4, 2});
  CHECK(sizes_of(program, {at::randn({12, 11})}) == std::vector<std::int64_t>{11, 4, 3});
  CHECK(has_in_order(run_error(program, {at::randn({8, 8})}),
                     {"Runtime assertion failed for expression Eq(Mod(s", "*s", ", 4*s",
                      " - 4), 0)", " on node 'eq"}));

  Module flattened([](const Tensor& x, const Tensor& y, const Tensor& z) {
    return x.reshape({-1}) + y.reshape({-1}) + z;
  });
  flattened.arg_names({"x", "y", "z"});
  const auto options = dynamic({{"x", {Dim("dx0", 2), Dim("dx1", 2)}},
                                {"y", {Dim("dy0", 2), Dim("dy1", 2)}},
                                {"z", {Dim("dz0", 4)}}});
  const Values wrong{at::randn({5, 8}), at::randn({4, 5}), at::randn({30})};
  for (const bool prefers_asserts : {true, false}) {
    program = t.export_program(flattened, {at::randn({6, 8}), at::randn({3, 16}), at::randn({48})},
                               {}, prefers_asserts ? deferring(options) : options);
    CHECK(sizes_of(program, {at::randn({48, 1}), at::randn({4, 12}), at::randn({48})}) ==
          std::vector<std::int64_t>{48});
    CHECK(sizes_of(program, {at::randn({5, 8}), at::randn({4, 10}), at::randn({40})}) ==
          std::vector<std::int64_t>{40});
    const std::string error = run_error(program, wrong);
    if (prefers_asserts) {
      CHECK(has_in_order(error, {"Runtime assertion failed for expression Eq(", ") on node '"}));
    } else {
      CHECK(has_in_order(error, {"Guard failed: x.size()[1] * x.size()[0] == y.size()[0] * "
                                 "y.size()[1]"}));
    }
  }

  Module of_three([](const Tensor& x, const Tensor& y) { return x.reshape({-1}) + y; });
  of_three.arg_names({"x", "y"});
  program = t.export_program(
      of_three, {at::randn({4, 3, 2}), at::randn({24})}, {},
      deferring(
          dynamic({{"x", {Dim("dx0", 2), Dim("dx1", 2), Dim("dx2", 2)}}, {"y", {Dim("dy", 8)}}})));
  CHECK(sizes_of(program, {at::randn({9, 7, 2}), at::randn({126})}) ==
        std::vector<std::int64_t>{126});
  CHECK(has_in_order(run_error(program, {at::randn({4, 3, 2}), at::randn({10})}),
                     {"Runtime assertion failed for expression Eq(", ") on node '"}));
}

TEST(TestExport, test_allow_explicit_guards_as_runtime_asserts) {
  Module model([](const Tensor& x, const Tensor& y) -> Value {
    const c10::SymInt a = x.sym_size(0), b = y.sym_size(0);
    if (a == b) return x + y;
    if (a == b * b * b) return Value::tuple({x + 2, y + 3});
    if (a * a == b * 3) return Value::tuple({x * 2.0, y * 3.0});
    return {};
  });
  model.arg_names({"x", "y"});
  auto program =
      t.export_program(model, {at::randn({6}), at::randn({12})}, {},
                       deferring(dynamic({{"x", {Dim("dx", 4)}}, {"y", {Dim("dy", 4)}}})));
  const Value results = program.run({at::randn({9}), at::randn({27})});
  CHECK(results[0].tensor().size(0) == 9);
  CHECK(results[1].tensor().size(0) == 27);
  const std::string failed = "Runtime assertion failed for expression ";
  CHECK(has_in_order(run_error(program, {at::randn({4}), at::randn({4})}),
                     {(failed + "Ne(s77, s17)").c_str()}));
  CHECK(has_in_order(run_error(program, {at::randn({64}), at::randn({4})}),
                     {(failed + "Ne(s77, s17**3)").c_str()}));
  CHECK(has_in_order(run_error(program, {at::randn({10}), at::randn({9})}),
                     {(failed + "Eq(s77**2, 3*s17)").c_str()}));
}

TEST(TestExport, test_reshape_view_helper) {
  Module model([](const Tensor& input) {
    const Tensor x = input.view_symint({input.sym_size(1), -1});
    return x.softmax(0);
  });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::rand({1024, 20, 16})}, {},
                                  deferring(dynamic({{"x", {{0, Dim("batch")}}}})));
  CHECK(has_in_order(run_error(program, {at::randn({20, 20, 16})}),
                     {"Runtime assertion failed for expression Ne(s77, 20)"}));
  CHECK(has_in_order(run_error(program, {at::randn({400, 20, 16})}),
                     {"Runtime assertion failed for expression Ne(Mod(s77, 20), 0)"}));
  program.run({at::randn({42, 20, 16})});
}

TEST(TestExport, test_baddbmm,
     xfail("decompose", {.reason = "half precision is taken apart in single precision, as in "
                                   "Python, and rounds differently from the operator"})) {
  const BackedSizeOblivious mode;
  const Tensor weight = parameter(at::randn({64, 64, 192}, at::kHalf));
  const Tensor bias = parameter(at::randn({64, 1, 192}, at::kHalf));
  Module model([=](const Tensor& x) { return at::baddbmm(bias, x, weight); },
               state({{"weight", weight}, {"bias", bias}}));
  model.arg_names({"x"});
  const Values one{at::randn({64, 1, 64}, at::kHalf)};
  const Values many{at::randn({64, 2048, 64}, at::kHalf)};
  auto program = t.export_program(model, one, {}, positional({{{1, Dim("batch")}}}));
  CHECK(at::allclose(program.run(one).tensor(), model(one).tensor()));
  CHECK(at::allclose(program.run(many).tensor(), model(many).tensor()));
}

TEST(TestExport, test_replace_unbacked_with_very_large_upperbound) {
  constexpr std::int64_t kVeryLarge = 1000000007999999992;
  Module model([](const Tensor& x, const Tensor& t) {
    const c10::SymInt unbacked = item(t);
    torch_check(unbacked.sym_le(kVeryLarge));
    return x.reshape({-1}) + at::ones_symint({unbacked});
  });
  model.arg_names({"x", "t"});
  auto options = dynamic({{"x", {Dim::AUTO, Dim::STATIC}}, {"t", {Dim::STATIC}}});
  options.strict = true;
  const Values inputs{at::randn({6, 2}), at::full({1}, 12, at::kLong)};
  auto program = t.export_program(model, inputs, {}, options);
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace roundtrip
