// Unflattened programs some of whose modules are swapped for others.
#include <roundtrip/module_call.h>

#include <algorithm>

#include "suites/test_export/test_export.h"
#include "suites/test_export/unflatten.h"

namespace roundtrip {

namespace {

using Layer = torch::nn::Module;

template <typename M>
std::shared_ptr<M> child(Layer& parent, const std::string& name) {
  return parent.register_module(name, std::make_shared<M>());
}

/// A constant or a buffer, by a boolean.
struct Chooser : Layer {
  Tensor constant = at::ones({1}) * 4;
  Tensor buf = register_buffer("buf", at::ones({1}) * 4);
  Tensor forward(const Tensor& x, bool b) {
    return b ? x + constant + 1 : x + 2 * (buf + 1) - constant;
  }
};

struct K : Layer {
  std::shared_ptr<Chooser> n = child<Chooser>(*this, "n");
  Tensor forward(const Tensor& x) { return call(n, x, true); }
};

struct P : Layer {
  std::shared_ptr<Chooser> n = child<Chooser>(*this, "n");
  Tensor forward(const Tensor& x) {
    const Tensor x0 = x + 3;
    const Tensor x1 = call(n, x0, true);
    const Tensor x2 = call(n, x0, false);
    return x1 + x2;
  }
};

struct Q : Layer {
  std::shared_ptr<K> k = child<K>(*this, "k");
  Tensor forward(const Tensor& x) {
    const Tensor x0 = x + 3;
    const Tensor x1 = call(k->n, x0, true);
    const Tensor x2 = call(k->n, x0, false);
    return x1 + x2;
  }
};

struct R : Layer {
  std::shared_ptr<K> k = child<K>(*this, "k");
  Tensor forward(const Tensor& x) {
    const Tensor x0 = x + 3;
    const Tensor x1 = call(k, x0);
    const Tensor x2 = call(k->n, x0, false);
    return x1 + x2;
  }
};

/// Upstream's `_N` and `_N_1`: as modules without a preserved signature are called, with
/// x first and their state behind.
Module plus(std::int64_t number) {
  return Module(
      [number](const Values& args, const Kwargs&) { return Value(args.at(0).tensor() + number); });
}

template <typename M>
Module with_chooser() {
  const auto model = std::make_shared<M>();
  NamedTensors constants;
  for (const auto& module : model->modules()) {
    const auto* chooser = dynamic_cast<const Chooser*>(module.get());
    if (chooser != nullptr) constants.emplace_back("constant", chooser->constant);
  }
  return declaring(make_module(model).arg_names({"x"}), constants);
}

template <typename M>
void check_no_unroll(TestContext& t, const std::string& path) {
  const Values inputs{at::ones({1})};
  const Value eager = with_chooser<M>()(inputs);
  const auto check = [&](const ExportedProgram& program,
                         const std::vector<std::pair<std::string, Module>>& swapped) {
    UnflattenedModule modules = unflatten(program);
    CHECK(allclose(program.module()(inputs), eager));
    CHECK(allclose(modules(inputs), eager));
    for (const auto& [name, module] : swapped) modules.set_submodule(name, module);
    CHECK(allclose(modules(inputs), eager));
  };
  const auto chooser = std::make_shared<Chooser>();
  if (!is_retraceability_test(t)) {
    check(t.export_program(with_chooser<M>(), inputs, {}, preserving({path})),
          {{path, Module([chooser](const Tensor& x, bool b) { return chooser->forward(x, b); })}});
  }
  check(t.export_program(with_chooser<M>(), inputs), {{path, plus(5)}, {path + "@1", plus(6)}});
}

}  // namespace

TEST(TestExport, test_unflatten_no_unroll) {
  check_no_unroll<P>(t, "n");
  check_no_unroll<Q>(t, "k.n");
  check_no_unroll<R>(t, "k.n");
}

TEST(TestExport, test_unflatten_placeholder_update_child2parent_swap) {
  struct Child : Layer {
    Tensor forward(Tensor x) {
      at::dropout_(x, 0.5, /*train=*/false);
      return x - 2;
    }
  };
  struct Foo : Layer {
    std::shared_ptr<Child> child_ = child<Child>(*this, "child");
    Tensor forward(const Tensor& x) {
      const Tensor f1 = call(child_, x);
      return f1 + x * 4;
    }
  };
  if (is_retraceability_test(t)) t.skip(kNoSwapping);
  const auto inputs = [] { return Values{at::ones({3, 10})}; };
  const Value eager = module_of<Foo>()(inputs());
  auto program = t.export_program(module_of<Foo>(), inputs(), {}, preserving({"child"}));
  auto modules = unflatten(program);
  CHECK(allclose(program.run(inputs()), eager));
  modules.set_submodule("child", module_of<Child>());
  CHECK(allclose(modules(inputs()), eager));
}

namespace {

struct Grandchild : Layer {
  std::tuple<Tensor, Tensor> forward(const Tensor& x) {
    const Tensor a = x.to(at::kFloat);
    return {x + 4, a};
  }
};

struct Child : Layer {
  std::shared_ptr<Grandchild> grandchild = child<Grandchild>(*this, "grandchild");
  Tensor forward(const Tensor& x) {
    const auto [y, a] = call(grandchild, x);
    return y + a;
  }
};

struct OtherGrandchild : Layer {
  Tensor forward(const Tensor& x) { return x * 2; }
};

struct OtherChild : Layer {
  std::shared_ptr<OtherGrandchild> other_grandchild =
      child<OtherGrandchild>(*this, "other_grandchild");
  Tensor forward(const Tensor& x) { return x + call(other_grandchild, x); }
};

}  // namespace

TEST(TestExport, test_unflatten_placeholder_update_grandchild2cousin_swap) {
  struct Foo : Layer {
    std::shared_ptr<Child> child_ = child<Child>(*this, "child");
    std::shared_ptr<OtherChild> other_child = child<OtherChild>(*this, "other_child");
    Tensor forward(const Tensor& x) {
      const Tensor f1 = call(child_, x);
      return f1 + call(other_child, x);
    }
  };
  const Values inputs{at::ones({2, 3})};
  const Value eager = module_of<Foo>()(inputs);
  CHECK(allclose(eager, at::ones({2, 3}) * 9));
  auto program = t.export_program(module_of<Foo>(), inputs, {}, preserving({"child"}));
  auto modules = unflatten(program);
  CHECK(allclose(program.run(inputs), eager));
  modules.set_submodule("child", module_of<Child>());
  CHECK(allclose(modules(inputs), eager));
}

namespace {

struct CountingChild : Layer {
  Tensor buf = register_buffer("buf", at::scalar_tensor(10, at::kLong));
  Tensor forward(const Tensor& x) {
    buf.add_(1);
    return x + 2;
  }
};

struct CountsThrice : Layer {
  std::shared_ptr<CountingChild> child_ = child<CountingChild>(*this, "child");
  Tensor forward(Tensor x) {
    for (int i = 0; i < 3; ++i) x = call(child_, x) + child_->buf;
    return x;
  }
};

}  // namespace

// Upstream also swaps the child, whose buffer the parent goes on to read: what stands in
// for a module here is a callable, which has no buffer to read.
TEST(TestExport, test_unflatten_buffer_update_child2parent_swap) {
  const Values inputs{at::ones({2, 3})};
  CHECK(allclose(module_of<CountsThrice>()(inputs), at::ones({2, 3}) * 43));
  auto program = t.export_program(module_of<CountsThrice>(), inputs, {}, preserving({"child"}));
  auto modules = unflatten(program);
  CHECK(allclose(program.run(inputs), at::ones({2, 3}) * 43));
  CHECK(allclose(modules(inputs), at::ones({2, 3}) * 43));
}

TEST(TestExport, test_unflatten_closure) {
  struct Dummy : Layer {
    Tensor forward(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x) {
      const Tensor y = x + 2;
      const Tensor z = fn(y);
      return z + 4;
    }
  };
  struct N : Layer {
    Tensor forward(const Tensor& x) { return x + 3; }
  };
  struct M : Layer {
    std::shared_ptr<Dummy> dummy = child<Dummy>(*this, "dummy");
    std::shared_ptr<N> n = child<N>(*this, "n");
    Tensor forward(const Tensor& x) {
      const Tensor y = x + 1;
      const std::function<Tensor(const Tensor&)> closure = [&](const Tensor& k) {
        // Called from within the other module, n's nodes belong to that one.
        return n->forward(y + k) + y;
      };
      return call(dummy, closure, y) + 5;
    }
  };
  auto modules = unflatten(t.export_program(module_of<M>(), {at::randn({3})}));
  // C++ calls the operator for scalars where Python calls the one for tensors.
  CHECK(modules.graph_text() == R"(graph():
    %x : [num_users=1] = placeholder[target=x]
    %add : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar](args = (%x, 1), kwargs = {})
    %dummy : [num_users=1] = call_module[target=dummy](args = (%add,), kwargs = {})
    %add_6 : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar](args = (%dummy, 5), kwargs = {})
    return (add_6,)
)");
  CHECK(modules.submodule("dummy").graph_text() == R"(graph():
    %add : [num_users=3] = placeholder[target=add]
    %add_1 : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar](args = (%add, 2), kwargs = {})
    %add_2 : [num_users=1] = call_function[target=torch.ops.aten.add.Tensor](args = (%add, %add_1), kwargs = {})
    %add_3 : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar](args = (%add_2, 3), kwargs = {})
    %add_4 : [num_users=1] = call_function[target=torch.ops.aten.add.Tensor](args = (%add_3, %add), kwargs = {})
    %add_5 : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar](args = (%add_4, 4), kwargs = {})
    return add_5
)");
}

}  // namespace roundtrip
