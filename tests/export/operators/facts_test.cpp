#include "export/operators/facts.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <torch/library.h>

#include "export/graph/target.h"

using namespace roundtrip;

namespace {

c10::OperatorHandle find(const c10::OperatorName& name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name.name.c_str(),
                                                        name.overload_name.c_str());
}

}  // namespace

TEST_CASE("every key of the table names an operator that exists") {
  CHECK(operators_with_facts().size() > 40);
  for (const c10::OperatorName& name : operators_with_facts()) {
    CAPTURE(toString(name));
    CHECK(c10::Dispatcher::singleton().findSchema(name));
  }
}

TEST_CASE("facts are those of the schema, the tags and the table") {
  const OperatorFacts& add = facts_of(find({"aten::__and__", "Tensor"}));
  CHECK(add.target == "torch.ops.aten.__and__.Tensor");
  CHECK(add.fx_name == "and");
  CHECK_FALSE(add.writes);
  CHECK_FALSE(add.is_query);
  CHECK(facts_of(find({"aten::add_", "Tensor"})).writes);
  CHECK(facts_of(find({"aten::rand", ""})).is_random);
  CHECK(facts_of(find({"aten::is_floating_point", ""})).is_query);
  CHECK_FALSE(facts_of(find({"aten::_assert_scalar", ""})).is_query);
  CHECK(facts_of(find({"aten::sym_size", "int"})).special == SpecialOperator::size);
  CHECK(facts_of(find({"aten::dropout", ""})).hidden == HiddenEffect::may_return_argument);
}

TEST_CASE("data decides sizes of some operators, of some for some arguments") {
  const at::Tensor x = at::ones({2, 3});
  const std::vector<c10::IValue> alone = {x};
  CHECK(facts_of(find({"aten::nonzero", ""})).has_data_sizes(alone));
  CHECK_FALSE(facts_of(find({"aten::relu", ""})).is_data_dependent(alone));

  const OperatorFacts& index = facts_of(find({"aten::index", "Tensor"}));
  const auto with = [&](std::vector<std::optional<at::Tensor>> indices) {
    return std::vector<c10::IValue>{x, c10::List<std::optional<at::Tensor>>(std::move(indices))};
  };
  const at::Tensor rows = at::zeros({1}, at::kLong), mask = at::ones({3}, at::kBool);
  CHECK_FALSE(index.is_data_dependent(with({rows})));
  CHECK(index.has_data_sizes(with({std::nullopt, mask})));
  CHECK(index.is_data_dependent(with({rows, mask})));
  CHECK_FALSE(index.has_data_sizes(with({rows, mask})));

  const OperatorFacts& equal = facts_of(find({"aten::equal", ""}));
  CHECK_FALSE(equal.is_data_dependent(std::vector<c10::IValue>{x, x}));
  CHECK(equal.is_data_dependent(std::vector<c10::IValue>{x, x.clone()}));
}

TEST_CASE("an operator that is registered anew is looked at anew") {
  const auto writes = [](const char* schema) {
    torch::Library library(torch::Library::FRAGMENT, "facts_test", std::nullopt, __FILE__,
                           __LINE__);
    library.def(schema);
    return facts_of(find({"facts_test::change", ""})).writes;
  };
  CHECK(writes("change(Tensor(a!) x) -> ()"));
  CHECK_FALSE(writes("change(Tensor x) -> Tensor"));
}

TEST_CASE("targets and names of operators lead to each other") {
  const c10::OperatorName name = operator_name("torch.ops.aten.add.Tensor");
  CHECK((name == c10::OperatorName{"aten::add", "Tensor"}));
  CHECK(target_of(find(name).schema()) == "torch.ops.aten.add.Tensor");
  CHECK((operator_name("torch.ops.aten.relu.default") == c10::OperatorName{"aten::relu", ""}));
}
