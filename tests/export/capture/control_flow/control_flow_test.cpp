#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>
#include <roundtrip/hints_wrapper.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

template <typename F>
std::string error_of(F function) {
  try {
    capture(function, {"x", "y"}, {at::ones({2, 3}), at::ones({2, 3}) * 2});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <typename T, typename F>
std::string cond_error(T if_true, F if_false) {
  return error_of([&](const Tensor& x, const Tensor& y) {
    return cond(x.sum() > 0, if_true, if_false, {x, y});
  });
}

}  // namespace

TEST_CASE("outside of a capture control flow just runs") {
  const Tensor x = at::ones({2, 3});
  const auto twice = [](const Tensor& t) { return t * 2; };
  const auto negated = [](const Tensor& t) { return -t; };
  CHECK(cond(x.sum() > 0, twice, negated, {x}).equal(x * 2));
  CHECK(cond(x.sum() < 0, twice, negated, {x}).equal(-x));
  CHECK(cond(false, twice, negated, {x}).equal(-x));

  const auto [n, sum] = while_loop([](const Tensor& i, const Tensor&) { return i < 3; },
                                   [](const Tensor& i, const Tensor& t) {
                                     return std::pair{i + 1, t + 1};
                                   },
                                   {at::zeros({}, at::kLong), x});
  CHECK(n.item<std::int64_t>() == 3);
  CHECK(sum.equal(x + 3));
  const Tensor same = while_loop([](const Tensor& t) { return t.sum() < 0; },
                                 [](const Tensor& t) { return t + 1; }, {x});
  CHECK(same.equal(x));
  CHECK(!same.is_alias_of(x));

  const auto added = [](const Tensor& t, const Tensor& y) { return t.sum() + y; };
  CHECK(roundtrip::map(added, x, {at::ones({2})}).equal(at::full({2, 2}, 4.)));

  const auto step = [](const Tensor& c, const Tensor& t) { return std::pair{c + t, c * t}; };
  const auto [last, all] = scan(step, at::zeros({2}), x, {.dim = 1, .reverse = true});
  CHECK(last.equal(at::full({2}, 3.)));
  CHECK(all.equal(at::arange(2, -1, -1, at::kFloat).expand({2, 3})));
}

TEST_CASE("wrong arguments are refused") {
  const Tensor x = at::ones({2, 3});
  const auto same = [](const Tensor& t) { return t; };
  CHECK_THROWS_AS(cond(x, same, same, {x}), InputError);
  CHECK_THROWS_AS(cond(x.sum(), same, same, {x, 1}), InputError);
  CHECK_THROWS_AS(cond(x.sum(), same, same, {x, x}), InputError);
  CHECK_THROWS_AS(roundtrip::map(same, 3), InputError);
  CHECK_THROWS_AS(roundtrip::map(same, at::ones({0, 3})), InputError);
  const auto pair = [](const Value& v) { return v[0].tensor(); };
  CHECK_THROWS_AS(roundtrip::map(pair, Value::tuple({x, at::ones({1})})), InputError);
  const auto step = [](const Tensor& c, const Tensor&) { return std::pair{c, c}; };
  CHECK_THROWS_AS(scan(step, 1, x), InputError);
  CHECK_THROWS_AS(scan(step, x, x, {.dim = 2}), InputError);
}

TEST_CASE("outside of a capture nothing is left out of what iterations take and give") {
  const auto last = [](const Values& v) { return Value::tuple({v[0], v[1][1]}); };
  CHECK_THROWS_WITH(scan(last, at::zeros({3}), Value::tuple({at::ones({2, 3}), at::ones({4, 3})})),
                    doctest::Contains("Leaves of xs must have same leading dimension size 2"));
  const auto later = [n = 0](const Values& v) mutable { return n++ > 0 ? v[0] : Value(); };
  CHECK_THROWS_WITH(roundtrip::map(later, at::ones({2, 3})),
                    doctest::Contains("Cannot stack result 0"));
}

// The expected texts are what Python gives the same models.
TEST_CASE("cond is recorded with both branches and what they capture") {
  const auto function = [](const Tensor& x, const Tensor& y) {
    const Tensor z = x * 2;
    return cond(
               x.sum() > 0, [&](const Tensor& t) { return t + z; },
               [&](const Tensor& t) { return (t - y).sin(); }, {x}) +
           1;
  };
  CHECK(text(capture(function, {"x", "y"}, {at::ones({2}), at::ones({2})})) ==
        "(x, y)\n"
        "mul = aten.mul.Scalar(self=x, other=2)\n"
        "sum_1 = aten.sum.default(self=x)\n"
        "gt = aten.gt.Scalar(self=sum_1, other=0)\n"
        "getitem = higher_order.cond(gt, true_graph_0{\n"
        "(x, mul, y)\n"
        "add = aten.add.Tensor(self=x, other=mul)\n"
        "return (add)\n"
        "}, false_graph_0{\n"
        "(x, mul, y)\n"
        "sub = aten.sub.Tensor(self=x, other=y)\n"
        "sin = aten.sin.default(self=sub)\n"
        "return (sin)\n"
        "}, [x, mul, y])\n"
        "add = aten.add.Scalar(self=getitem, other=1)\n"
        "return (add)\n");
}

TEST_CASE("what a branch does not need is left out") {
  const auto function = [](const Tensor& x, const Tensor& y) {
    return cond(
        x.sum() > 0,
        [](const Tensor& t, const Tensor&) {
          t.neg().sin();
          return t.neg();
        },
        [](const Tensor& t, const Tensor&) { return t.cos(); }, {x, y});
  };
  CHECK(text(capture(function, {"x", "y"}, {at::ones({2}), at::ones({2})})) ==
        "(x, y)\n"
        "sum_1 = aten.sum.default(self=x)\n"
        "gt = aten.gt.Scalar(self=sum_1, other=0)\n"
        "getitem = higher_order.cond(gt, true_graph_0{\n"
        "(x)\n"
        "neg = aten.neg.default(self=x)\n"
        "return (neg)\n"
        "}, false_graph_0{\n"
        "(x)\n"
        "cos = aten.cos.default(self=x)\n"
        "return (cos)\n"
        "}, [x])\n"
        "return (getitem)\n");
}

TEST_CASE("a loop carries its operands and captures the rest") {
  const auto function = [](const Tensor& x, const Tensor& n) {
    return while_loop([&](const Tensor& i, const Tensor&) { return i < n; },
                      [](const Tensor& i, const Tensor& t) {
                        return std::pair{
                            i + 1, cond(
                                       t.sum() > 0, [&] { return t * 2; }, [&] { return t - 1; })};
                      },
                      {at::zeros({}, at::kLong), x});
  };
  const Tensor n = at::scalar_tensor(4, at::kLong);
  CHECK(text(capture(function, {"x", "n"}, {at::ones({2}), n})) ==
        "(x, n)\n"
        "zeros = aten.zeros.default(size=[], *dtype=Long)\n"
        "getitem, getitem_1 = higher_order.while_loop(while_loop_cond_graph_0{\n"
        "(arg0_1, arg1_1, arg2_1)\n"
        "lt = aten.lt.Tensor(self=arg0_1, other=arg2_1)\n"
        "return (lt)\n"
        "}, while_loop_body_graph_0{\n"
        "(arg0_1, arg1_1, arg2_1)\n"
        "add = aten.add.Scalar(self=arg0_1, other=1)\n"
        "sum_1 = aten.sum.default(self=arg1_1)\n"
        "gt = aten.gt.Scalar(self=sum_1, other=0)\n"
        "getitem = higher_order.cond(gt, true_graph_0{\n"
        "(arg0_1)\n"
        "mul = aten.mul.Scalar(self=arg0_1, other=2)\n"
        "return (mul)\n"
        "}, false_graph_0{\n"
        "(arg0_1)\n"
        "sub = aten.sub.Scalar(self=arg0_1, other=1)\n"
        "return (sub)\n"
        "}, [arg1_1])\n"
        "return (add, getitem)\n"
        "}, [zeros, x], [n])\n"
        "return (getitem, getitem_1)\n");
}

TEST_CASE("map and scan walk along dimension 0") {
  const auto function = [](const Tensor& xs, const Tensor& y) {
    const Tensor z = y * 2;
    const Tensor mapped =
        roundtrip::map([&](const Tensor& x, const Tensor& t) { return x + t * z; }, xs, {y});
    const auto [last, all] = scan(
        [](const Tensor& c, const Tensor& x) {
          return std::pair{c + x, c * x};
        },
        z, mapped);
    return std::pair{last, all};
  };
  CHECK(text(capture(function, {"xs", "y"}, {at::ones({2, 3}), at::ones({3})})) ==
        "(xs, y)\n"
        "mul = aten.mul.Scalar(self=y, other=2)\n"
        "getitem = higher_order.map_impl(body_graph_0{\n"
        "(xs, y, mul)\n"
        "mul_1 = aten.mul.Tensor(self=y, other=mul)\n"
        "add = aten.add.Tensor(self=xs, other=mul_1)\n"
        "return (add)\n"
        "}, [xs], [y, mul])\n"
        "getitem_1, getitem_2 = higher_order.scan(scan_combine_graph_0{\n"
        "(arg0_1, arg1_1)\n"
        "add = aten.add.Tensor(self=arg0_1, other=arg1_1)\n"
        "mul = aten.mul.Tensor(self=arg0_1, other=arg1_1)\n"
        "return (add, mul)\n"
        "}, [mul], [getitem], [])\n"
        "return (getitem_1, getitem_2)\n");
}

TEST_CASE("a plain boolean chooses when the model is captured") {
  const Program program = capture(
      [](const Tensor& x) {
        return cond(
            true, [&] { return x + x; }, [&] { return x - x; });
      },
      {"x"}, {at::ones({2})});
  CHECK(text(program) == "(x)\nadd = aten.add.Tensor(self=x, other=x)\nreturn (add)\n");
}

TEST_CASE("branches return the same structure and kind of tensors") {
  const auto sum = [](const Tensor& x, const Tensor& y) { return x + y; };
  CHECK(contains(cond_error(sum, [](const Tensor& x, const Tensor&) { return x.to(at::kDouble); }),
                 "expected same dtype but got torch.float32 and torch.float64"));
  CHECK(contains(cond_error(sum, [](const Tensor& x, const Tensor& y) { return (x + y)[0]; }),
                 "expected same dim but got 2 and 1"));
  CHECK(contains(cond_error(sum, [](const Tensor& x,
                                    const Tensor& y) { return (x + y).t().contiguous().t(); }),
                 "The sorted order of strides of the two branches' output doesn't match"));
  CHECK(contains(cond_error([](const Tensor& x, const Tensor& y) { return Value::tuple({x + y}); },
                            [](const Tensor& x, const Tensor& y) {
                              return Value::tuple({x + y, x - y});
                            }),
                 "Expected branches to return the same pytree structure"));
}

TEST_CASE("functions that alias or write to what is not theirs are refused") {
  const auto sum = [](const Tensor& x, const Tensor& y) { return x + y; };
  CHECK(contains(cond_error(sum, [](const Tensor& x, const Tensor&) { return x; }),
                 "do not support aliasing"));
  CHECK(contains(cond_error(sum,
                            [](const Tensor& x, const Tensor&) {
                              return x.view({2, 3});
                            }),
                 "do not support aliasing"));
  CHECK(contains(cond_error(sum, [](Tensor x, const Tensor& y) { return x.add_(1) + y; }),
                 "do not support input mutation"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor& y) {
                   Tensor z = x * 2;
                   return cond(
                       x.sum() > 0, [&] { return z.add_(1) + y; }, [&] { return z - y; });
                 }),
                 "do not support input mutation"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   return cond(
                       x.sum() > 0,
                       [&] {
                         return x + x.view({-1}).view({2, 3});
                       },
                       [&] { return x * 2; });
                 }),
                 "no error"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   const Tensor view = x.view({-1}).view({2, 3});
                   return cond(
                       x.sum() > 0, [&] { return x + view; }, [&] { return x * 2; });
                 }),
                 "share memory"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   Tensor kept;
                   const Tensor y = cond(
                       x.sum() > 0, [&] { return kept = x * 2; }, [&] { return x * 3; });
                   return y + kept;
                 }),
                 "used outside of it"));
}

TEST_CASE("a body returns what it was given") {
  const auto error = [](auto body) {
    return error_of([&](const Tensor& x, const Tensor&) {
      return while_loop([](const Tensor& t) { return t.sum() < 10; }, body, {x});
    });
  };
  CHECK(contains(error([](const Tensor& t) { return t.to(at::kDouble) + 1; }),
                 "pair[0] differ in 'dtype: torch.float64 vs torch.float32'"));
  CHECK(contains(error([](const Tensor& t) { return t[0] + 1; }), "shape: torch.Size([3]) vs"));
  CHECK(contains(error([](const Tensor& t) {
                   return std::pair{t + 1, t + 2};
                 }),
                 "same number of outputs but got 2 and 1"));
  CHECK(contains(error_of([&](const Tensor& x, const Tensor&) {
                   return while_loop([](const Tensor& t) { return t < 10; },
                                     [](const Tensor& t) { return t + 1; }, {x});
                 }),
                 "Expected cond_fn to return a scalar tensor"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   return scan(
                       [](const Tensor& c, const Tensor& t) {
                         return std::pair{(c + t).slice(0, 0, 1), c * t};
                       },
                       x[0], x);
                 }),
                 "Expected init and carry to have same metadata"));
}

TEST_CASE("a constant that a branch makes becomes an operand") {
  const Program program = capture(
      [](const Tensor& x) {
        return while_loop([](const Tensor& t) { return t.sum() < 10; },
                          [](const Tensor& t) {
                            return t + at::tensor({1.F, 2.F});
                          },
                          {x});
      },
      {"x"}, {at::ones({2})});
  CHECK(program.constants.size() == 1);
  CHECK(contains(text(program), "}, [x], [c_lifted_tensor_0])"));
}

TEST_CASE("a loop that does not end does not hang a capture") {
  const Program program = capture(
      [](const Tensor& x) {
        return while_loop([](const Tensor& t) { return t.sum() > 0; },
                          [](const Tensor& t) { return t + 1; }, {x});
      },
      {"x"}, {at::ones({2})});
  CHECK(program.graph_module.graph.num_nodes() == 1);
}

TEST_CASE("numbers of data from outside are refused as Python refuses them") {
  const auto with_item = [](at::ScalarType type) {
    return error_of([type](const Tensor& x, const Tensor& y) {
      const at::Scalar n = x.sum().to(type).item();
      return cond(
          x.sum() > 0, [&](const Tensor& t) { return t * n; },
          [](const Tensor& t) { return t.clone(); }, {y});
    });
  };
  CHECK(contains(with_item(at::kLong), "Unbacked SymInt input is not supported yet"));
  CHECK(contains(with_item(at::kFloat), "Failed to convert args/kwargs to proxy"));
}

TEST_CASE("a number that a branch made is no number of the graph around it") {
  const std::string error = error_of([](const Tensor& x, const Tensor& y) {
    c10::SymInt rows;
    const Tensor chosen = cond(
        x.sum() > 0,
        [&](const Tensor& t) {
          rows = t.nonzero().sym_size(0);
          return t + 1;
        },
        [](const Tensor& t) { return t.clone(); }, {y});
    return chosen.expand_symint({rows, 2, 3});
  });
  CHECK(contains(error, "was made in a branch or body of control flow, is used outside of it"));
}

TEST_CASE("what a map stacks has one size, which data cannot decide") {
  const std::string error = error_of([](const Tensor& x, const Tensor&) {
    return roundtrip::map([](const Tensor& row) { return row.nonzero(); }, x);
  });
  CHECK(contains(error, "which data decides"));
}

TEST_CASE("branches that return other sizes give a new size with the bounds of both") {
  const Program program = capture(
      [](const Tensor& x) {
        return cond(
            x.sum() > 0, [](const Tensor& t) { return t.slice(0, 0, 1).clone(); },
            [](const Tensor& t) { return t.clone(); }, {x});
      },
      {"x"}, {at::ones({3})});
  const std::string printed = text(program);
  CHECK(contains(printed, "Runtime assertion failed for expression u0 >= 1"));
  CHECK(contains(printed, "Runtime assertion failed for expression u0 <= 3"));
}

TEST_CASE("a constant predicate chooses a branch, which the program's author is told") {
  const Program program = capture(
      [](const Tensor& x, const Tensor&) {
        return cond(
            true, [](const Tensor& t) { return t.sin(); }, [](const Tensor& t) { return t.cos(); },
            {x});
      },
      {"x", "y"}, {at::ones({2}), at::ones({2})});
  CHECK(text(program) == "(x, y)\nsin = aten.sin.default(self=x)\nreturn (sin)\n");
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0].starts_with("Pred is a constant."));
}

TEST_CASE("hints stand beside the graph of a body, and what it captures among its operands") {
  const Tensor weight = at::ones({2});
  Module model(
      [weight](const Tensor& x) {
        const auto body = [&](const Tensor& t) { return t * weight; };
        return hints_wrapper(body, {x}, {{"level", 2}, {"text", "a"}});
      },
      [weight] {
        ModuleState state;
        state.parameters.insert("weight", weight);
        return state;
      });
  model.arg_names({"x"});
  const Program program = capture_program({model, {at::ones({2})}, {}, {}});
  const Node& node = program.graph_module.graph.nodes().front();
  CHECK(node.target() == "torch.ops.higher_order.hints_wrapper");
  REQUIRE(node.inputs().size() == 4);
  const auto* operands = node.inputs()[1].arg.get<std::vector<TensorArgument>>();
  REQUIRE(operands != nullptr);
  REQUIRE(operands->size() == 2);
  CHECK(operands->at(1).value->name() == "p_weight");
  const auto* hints = node.inputs()[3].arg.get<ArgumentDict>();
  REQUIRE(hints != nullptr);
  CHECK(hints->entries.at(0).key == "level");
  CHECK(*hints->entries.at(1).value.get<std::string>() == "a");
}

TEST_CASE("hints are numbers and texts, and sizes that data decides stay within the body") {
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   return hints_wrapper([](const Tensor& t) { return t + 1; }, {x}, {{"h", x}});
                 }),
                 "hints must be a dict containing int, float, bool or str value"));
  CHECK(contains(error_of([](const Tensor& x, const Tensor&) {
                   return hints_wrapper([](const Tensor& t) { return t.nonzero(); }, {x}, {});
                 }),
                 "which data decides within it"));
}
