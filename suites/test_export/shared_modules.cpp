// Unflattened programs of models that know a module under two names.
#include <roundtrip/module_call.h>

#include <algorithm>
#include <array>

#include "suites/test_export/test_export.h"
#include "suites/test_export/unflatten.h"

namespace roundtrip {

namespace {

using Layer = torch::nn::Module;

/// A layer whose path a boolean decides.
struct AddsOneOrTwo : Layer {
  Tensor forward(const Tensor& x, bool one) { return one ? x + 1 : x + 2; }
};

/// Calls one layer four times, two times under each of its names.
struct TwoNames : Layer {
  explicit TwoNames(std::array<bool, 4> one) : one_(one) {
    register_module("n", n);
    register_module("p", n);
  }
  Tensor forward(const Tensor& input) {
    Tensor x = call_as("n", n, input + 3, one_[0]);
    x = call_as("n", n, x + 4, one_[1]);
    x = call_as("p", n, x + 5, one_[2]);
    return call_as("p", n, x + 6, one_[3]) + 7;
  }
  std::shared_ptr<AddsOneOrTwo> n = std::make_shared<AddsOneOrTwo>();
  std::array<bool, 4> one_;
};

/// The graph that calls these modules, one after another: upstream's, but for the overload
/// that C++ calls for `x + 3`.
std::string graph_calling(const std::array<const char*, 4>& modules) {
  std::string text = "graph():\n    %x : [num_users=1] = placeholder[target=x]\n";
  const std::array names{"n", "n_1", "p", "p_1"};
  std::string value = "x";
  const auto add = [&](int number, int sum) {
    const std::string name = sum == 0 ? "add" : "add_" + std::to_string(sum);
    text += "    %" + name + " : [num_users=1] = call_function[target=torch.ops.aten.add.Scalar]" +
            "(args = (%" + value + ", " + std::to_string(number) + "), kwargs = {})\n";
    value = name;
  };
  for (int i = 0; i < 4; ++i) {
    add(3 + i, 2 * i);
    text += std::string("    %") + names[i] +
            " : [num_users=1] = call_module[target=" + modules[i] + "](args = (%" + value +
            ",), kwargs = {})\n";
    value = names[i];
  }
  add(7, 8);
  return text + "    return (" + value + ",)\n";
}

std::vector<std::string> sorted_names(const UnflattenedModule& module) {
  std::vector<std::string> names;
  for (const auto& [name, submodule] : module.named_modules()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

// Upstream's last argument says which names stand for one object, which differs between its
// strict and non-strict export; handles of modules cannot be compared here.
TEST(TestExport, test_unflatten_multiple_graphs_shared_submodule) {
  const Values inputs{at::ones({1})};
  const auto check = [&](std::array<bool, 4> one, const std::array<const char*, 4>& called,
                         const std::vector<std::string>& names) {
    const Module model = make_module(std::make_shared<TwoNames>(one)).arg_names({"x"});
    const Value eager = model(inputs);
    auto program = t.export_program(model, inputs);
    CHECK(allclose(program.module()(inputs), eager));
    const UnflattenedModule modules = unflatten(program);
    CHECK(allclose(modules(inputs), eager));
    CHECK(modules.graph_text() == graph_calling(called));
    CHECK(sorted_names(modules) == names);

    auto preserved = t.export_program(model, inputs, {}, preserving({"n", "p"}));
    CHECK(allclose(preserved.module()(inputs), eager));
    CHECK(allclose(unflatten(preserved)(inputs), eager));
  };
  check({true, false, false, false}, {"n", "n@1", "p", "p"}, {"", "n", "n@1", "p"});
  check({true, false, true, false}, {"n", "n@1", "p", "p@1"}, {"", "n", "n@1", "p", "p@1"});
  check({true, true, true, false}, {"n", "n", "p", "p@1"}, {"", "n", "p", "p@1"});
  check({true, false, false, true}, {"n", "n@1", "p", "p@1"}, {"", "n", "n@1", "p", "p@1"});
}

}  // namespace roundtrip
