// Operators of a library of the user's of whose results data decides sizes and numbers.
#include <ATen/TensorIndexing.h>
#include <roundtrip/decompositions.h>
#include <roundtrip/meta_kernel.h>
#include <torch/library.h>

#include <regex>

#include "suites/test_export/custom_ops.h"
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// Upstream's kernel gives `a[b]`, of which its fake one is not true; there it never runs.
Tensor foo_of_rows(const Tensor& a, const Tensor& b) {
  return a.narrow(0, 0, b.item<std::int64_t>()).clone();
}

Tensor foo_of_rows_meta(const Tensor& a, const Tensor&) {
  const c10::SymInt rows = new_dynamic_size(0, a.size(0) / 10) * 10;
  return a.new_empty_symint({rows, a.sym_size(1)});
}

using ThreeNumbers = std::tuple<c10::SymInt, c10::SymInt, c10::SymInt>;

ThreeNumbers indices3d_kernel(const Tensor& t, const Tensor& x) {
  TORCH_CHECK(t.dim() == 3 && x.dim() == 1 && x.size(0) == 3);
  const auto at = [&](std::int64_t i) { return c10::SymInt(x[i].item<std::int64_t>()); };
  return {at(0), at(1), at(2)};
}

ThreeNumbers indices3d_meta(const Tensor& t, const Tensor& x) {
  TORCH_CHECK(t.dim() == 3 && x.dim() == 1 && x.size(0) == 3);
  const c10::SymInt sizes[] = {new_dynamic_size(), new_dynamic_size(), new_dynamic_size()};
  for (std::int64_t i = 0; i < 3; ++i) {
    torch_check(sizes[i].sym_ge(0));
    torch_check(sizes[i].sym_le(t.sym_size(i)));
  }
  return {sizes[0], sizes[1], sizes[2]};
}

Tensor foo_of_number_kernel(const c10::Scalar& x) {
  if (x.toSymInt() > 2) return at::ones({4, 4});
  if (x.toSymInt() < 6) return at::ones({4, 4});
  return at::ones({4, 4});
}

TORCH_LIBRARY_FRAGMENT(suitelib, library) {
  library.def("foo_of_rows(Tensor a, Tensor b) -> Tensor");
  library.impl("foo_of_rows", c10::DispatchKey::CPU, foo_of_rows);
  library.impl("foo_of_rows", c10::DispatchKey::Meta, foo_of_rows_meta);
  library.def("indices3d(Tensor t, Tensor x) -> (SymInt, SymInt, SymInt)");
  library.impl("indices3d", c10::DispatchKey::CPU, indices3d_kernel);
  library.impl("indices3d", c10::DispatchKey::Meta, indices3d_meta);
  library.def("foo_unbacked(Scalar x) -> Tensor", foo_of_number_kernel);
}

/// What is asserted has names of its own where the program is traced again.
std::string names_of_first_trace(const std::string& code) {
  return std::regex_replace(code, std::regex(R"(\b(sym_size_int|floordiv|ge|le)_1\b)"), "$1");
}

}  // namespace

// A C++ program has no shape environment whose counters could be asked; its symbols are
// those of its range constraints.
TEST(TestExport, test_unbacked_bindings_for_divisible_u_symint) {
  const auto op =
      find_operator("suitelib::foo_of_rows").typed<Tensor(const Tensor&, const Tensor&)>();
  Module model([op](const Tensor& a, const Tensor& b) { return op.call(a, b); });
  model.arg_names({"a", "b"});
  auto program = t.export_program(model, {at::randn({100, 4}), number(10)});
  CHECK(names_of_first_trace(code(program)) == R"(def forward(self, a, b):
    foo_of_rows = torch.ops.suitelib.foo_of_rows.default(a, b);  a = b = None
    sym_size_int = torch.ops.aten.sym_size.int(foo_of_rows, 0)
    floordiv = sym_size_int // 10;  sym_size_int = None
    ge = floordiv >= 0
    _assert_scalar_default = torch.ops.aten._assert_scalar.default(ge, "Runtime assertion failed for expression u0 >= 0 on node 'ge'");  ge = _assert_scalar_default = None
    le = floordiv <= 10;  floordiv = None
    _assert_scalar_default_1 = torch.ops.aten._assert_scalar.default(le, "Runtime assertion failed for expression u0 <= 10 on node 'le'");  le = _assert_scalar_default_1 = None
    return (foo_of_rows,))");
  CHECK(count_in_text(program, "foo_of_rows: \"f32[10*u0, 4]\"") == 1);
  const auto& constraints = program.program().range_constraints;
  REQUIRE(constraints.size() == 1);
  CHECK(constraints.pairs().front().first == "u0");
  const Values other{at::randn({100, 4}), number(30)};
  CHECK(allclose(program.run(other), model(other)));
}

namespace {

ThreeNumbers indices3d(const Tensor& t, const Tensor& x) {
  static const auto op =
      find_operator("suitelib::indices3d").typed<ThreeNumbers(const Tensor&, const Tensor&)>();
  return op.call(t, x);
}

using Indexing = std::function<Tensor(const Tensor&, const c10::SymInt&, const c10::SymInt&,
                                      const c10::SymInt&)>;

/// What a user writes, and the calls that export makes of it.
struct Indexed {
  const char* what;
  Indexing indexed;
  Indexing in_steps;
};

using at::indexing::Ellipsis;
using at::indexing::None;
using at::indexing::Slice;
using I = c10::SymInt;

const std::vector<Indexed>& indexings() {
  static const std::vector<Indexed> kAll = {
      {"ints",
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.index({i, j, k});
       },
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.select_symint(0, i).select_symint(0, j).select_symint(0, k);
       }},
      {"slices",
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.index({Slice(None, i), Slice(None, j), Slice(None, k)});
       },
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.narrow_symint(0, 0, i).narrow_symint(1, 0, j).narrow_symint(2, 0, k);
       }},
      {"ints and slices",
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.index({Slice(None, i), j, Slice(None, k)});
       },
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.narrow_symint(0, 0, i).select_symint(1, j).narrow_symint(1, 0, k);
       }},
      {"ints and None",
       [](const Tensor& t, const I& i, const I&, const I&) {
         return t.index({None, i, None});
       },
       [](const Tensor& t, const I& i, const I&, const I&) {
         return t.unsqueeze(0).select_symint(1, i).unsqueeze(1);
       }},
      {"slices and None",
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         return t.index({Slice(None, i), None, Slice(None, j), None, None, Slice(None, k)});
       },
       [](const Tensor& t, const I& i, const I& j, const I& k) {
         const Tensor rows = t.narrow_symint(0, 0, i).unsqueeze(1).narrow_symint(2, 0, j);
         return rows.unsqueeze(3).unsqueeze(4).narrow_symint(5, 0, k);
       }},
      {"None, Ellipsis and int",
       [](const Tensor& t, const I&, const I& j, const I&) {
         return t.index({None, Ellipsis, None, j});
       },
       [](const Tensor& t, const I&, const I& j, const I&) {
         return t.unsqueeze(0).unsqueeze(3).select_symint(4, j);
       }},
      {"slice, None, Ellipsis and int",
       [](const Tensor& t, const I& i, const I& j, const I&) {
         return t.index({Slice(None, i), None, Ellipsis, None, j});
       },
       [](const Tensor& t, const I& i, const I& j, const I&) {
         return t.narrow_symint(0, 0, i).unsqueeze(1).unsqueeze(3).select_symint(4, j);
       }},
  };
  return kAll;
}

}  // namespace

TEST(TestExport, test_more_multidimensional_slicing) {
  const Values inputs{at::randn({4, 5, 6}), at::tensor({2, 3, 4})};
  for (const Indexed& indexing : indexings()) {
    INFO(indexing.what);
    const auto model_of = [](const Indexing& function) {
      return Module([function](const Tensor& t, const Tensor& x) {
        const auto [i, j, k] = indices3d(t, x);
        return function(t, i, j, k);
      });
    };
    const Module model = model_of(indexing.indexed);
    CHECK(allclose(model(inputs), model_of(indexing.in_steps)(inputs)));
    auto program = t.export_program(model, inputs);
    CHECK(allclose(program.run(inputs), model(inputs)));
    const Values others{inputs[0], at::tensor({1, 2, 5})};
    CHECK(allclose(program.run(others), model(others)));
  }
}

TEST(TestExport, test_unbacked_deferred_runtime_retrace) {
  const auto op = find_operator("suitelib::foo_unbacked").typed<Tensor(const c10::Scalar&)>();
  Module model([op](const Tensor& x, const Tensor& y) {
    const Tensor y_sum = y.sin().sum();
    Tensor unbacked_shape;
    {
      const at::NoGradGuard no_grad;
      const c10::SymInt a = item(x);
      torch_check(a.sym_gt(2));
      torch_check(a.sym_lt(6));
      unbacked_shape = op.call(a);
    }
    const Tensor sum = y + y_sum;
    return sum + unbacked_shape.sum();
  });
  model.arg_names({"x", "y"});
  const Values inputs{number(4), at::randn({5, 5})};
  const auto program = export_program(model, inputs, {}, strict(false));
  CHECK(code(program, {"submod_1"}) == R"(def forward(self, x):
    item = torch.ops.aten.item.default(x);  x = None
    ge = item >= 3
    _assert_scalar_default = torch.ops.aten._assert_scalar.default(ge, "Runtime assertion failed for expression u0 >= 3 on node 'ge'");  ge = _assert_scalar_default = None
    le = item <= 5
    _assert_scalar_default_1 = torch.ops.aten._assert_scalar.default(le, "Runtime assertion failed for expression u0 <= 5 on node 'le'");  le = _assert_scalar_default_1 = None
    gt_1 = item > 2
    _assert_scalar_default_2 = torch.ops.aten._assert_scalar.default(gt_1, "Runtime assertion failed for expression 2 < u0 on node 'gt_1'");  gt_1 = _assert_scalar_default_2 = None
    lt_1 = item < 6
    _assert_scalar_default_3 = torch.ops.aten._assert_scalar.default(lt_1, "Runtime assertion failed for expression u0 < 6 on node 'lt_1'");  lt_1 = _assert_scalar_default_3 = None
    foo_unbacked = torch.ops.suitelib.foo_unbacked.default(item);  item = None
    return (foo_unbacked,))");
  // Python calls the number u2: it traces the region once more for itself.
  const auto decomposed = program.run_decompositions();
  CHECK(code(decomposed) == R"(def forward(self, x, y):
    sin = torch.ops.aten.sin.default(y)
    sum_1 = torch.ops.aten.sum.dim_IntList(sin, []);  sin = None
    _local_scalar_dense = torch.ops.aten._local_scalar_dense.default(x);  x = None
    ge_1 = _local_scalar_dense >= 3
    _assert_scalar_default = torch.ops.aten._assert_scalar.default(ge_1, "Runtime assertion failed for expression u0 >= 3 on node 'ge_1'");  ge_1 = _assert_scalar_default = None
    le_1 = _local_scalar_dense <= 5
    _assert_scalar_default_1 = torch.ops.aten._assert_scalar.default(le_1, "Runtime assertion failed for expression u0 <= 5 on node 'le_1'");  le_1 = _assert_scalar_default_1 = None
    gt = _local_scalar_dense > 2
    _assert_scalar_2 = torch.ops.aten._assert_scalar.default(gt, "Runtime assertion failed for expression 2 < u0 on node 'gt_1'");  gt = _assert_scalar_2 = None
    lt = _local_scalar_dense < 6;  _local_scalar_dense = None
    _assert_scalar_3 = torch.ops.aten._assert_scalar.default(lt, "Runtime assertion failed for expression u0 < 6 on node 'lt_1'");  lt = _assert_scalar_3 = None
    full = torch.ops.aten.full.default([4, 4], 1, dtype = torch.float32, layout = torch.strided, device = device(type='cpu'), pin_memory = False)
    add = torch.ops.aten.add.Tensor(y, sum_1);  y = sum_1 = None
    sum_2 = torch.ops.aten.sum.dim_IntList(full, []);  full = None
    add_1 = torch.ops.aten.add.Tensor(add, sum_2);  add = sum_2 = None
    return (add_1,))");
  CHECK(allclose(decomposed.run(inputs), model(inputs)));
  CHECK(has_in_order(run_error(decomposed, {number(2), inputs[1]}), {kAssertion, "u0 >= 3"}));
}

}  // namespace roundtrip
