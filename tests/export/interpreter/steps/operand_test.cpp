#include "export/interpreter/steps/operand.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;
using c10::IValue;

namespace {

/// Boxes an argument for a formal argument of a real operator; `n` is a register
/// that holds 3, `t` one that holds a Tensor.
class Boxing {
 public:
  Boxing()
      : graph_(graph_using("n", "t")),
        scope_(graph_),
        frame_{{IValue(3), IValue(at::ones({2}))}, stack_} {
    scope_.define(*graph_.find("n"));
    scope_.define(*graph_.find("t"));
    scope_.enter(0);
  }

  IValue operator()(const char* op, const char* overload, const char* name,
                    const schema::Argument& given) {
    const auto& schema = c10::Dispatcher::singleton().findSchemaOrThrow(op, overload).schema();
    auto index = schema.argumentIndexWithName(name);
    REQUIRE(index);
    const c10::Argument& formal = schema.arguments()[static_cast<std::size_t>(*index)];
    return make_operand(schema::from_schema(given, graph_), formal, scope_).load(frame_);
  }

 private:
  static Graph graph_using(const char* number, const char* value) {
    schema::Graph graph;
    graph.nodes = {node("", {{"", sym_int(number), {}}, {"", tensor(value), {}}}, {}),
                   node("", {{"", sym_int(number), {}}, {"", tensor(value), {}}}, {})};
    return schema::from_schema(graph);
  }

  torch::jit::Stack stack_;
  Graph graph_;
  Scope scope_;
  Frame frame_;
};

}  // namespace

TEST_CASE("numbers become what the schema asks for") {
  Boxing box;
  CHECK(box("aten::dropout", "", "p", {std::int64_t{1}}).toDouble() == 1.0);
  CHECK(box("aten::dropout", "", "p", sym_int("n")).toDouble() == 3.0);
  CHECK(box("aten::add", "Tensor", "alpha", {2.5}).toDouble() == 2.5);
  CHECK(box("aten::add", "Scalar", "other", {std::complex<double>(1, 2)}).isComplexDouble());
  CHECK(box("aten::sum", "dim_IntList", "keepdim", {std::int64_t{1}}).toBool());
}

TEST_CASE("a number in a Tensor's place does not promote the other operand") {
  Boxing box;
  for (auto number : {schema::Argument{2.0}, sym_int("n")}) {
    auto boxed = box("aten::add", "Tensor", "other", number).toTensor();
    CHECK(boxed.unsafeGetTensorImpl()->is_wrapped_number());
    CHECK(((at::ones({2}, at::kHalf) + boxed).scalar_type() == at::kHalf));
  }
}

TEST_CASE("lists are built for their element type") {
  Boxing box;
  CHECK(box("aten::view", "", "size",
            {std::vector<schema::SymIntArgument>{{"n"}, {std::int64_t{-1}}}})
            .toIntVector() == std::vector<std::int64_t>{3, -1});
  CHECK(box("aten::avg_pool2d", "", "kernel_size", {std::int64_t{4}}).toIntVector() ==
        std::vector<std::int64_t>{4, 4});
  CHECK(box("aten::upsample_nearest2d", "vec", "scale_factors", {std::vector<std::int64_t>{2, 2}})
            .toDoubleVector() == std::vector<double>{2, 2});
  auto indices = box(
      "aten::index", "Tensor", "indices",
      {std::vector<schema::OptionalTensorArgument>{NoneArgument{}, schema::TensorArgument{"t"}}});
  REQUIRE(indices.isOptionalTensorList());
  CHECK(indices.toListRef()[0].isNone());
  CHECK(indices.toListRef()[1].isTensor());
  CHECK(box("aten::cat", "", "tensors", tensors({"t", "t"})).toTensorVector().size() == 2);
  CHECK(box("aten::cat", "", "tensors", {std::vector<std::int64_t>{}}).isTensorList());
}

TEST_CASE("dtypes, layouts, memory formats, devices, strings and None") {
  Boxing box;
  CHECK((box("aten::zeros", "", "dtype", {at::kHalf}).toScalarType() == at::kHalf));
  CHECK((box("aten::zeros", "", "layout", {at::kStrided}).toLayout() == at::kStrided));
  CHECK(
      box("aten::clone", "", "memory_format", {at::MemoryFormat::ChannelsLast}).toMemoryFormat() ==
      at::MemoryFormat::ChannelsLast);
  CHECK(box("aten::zeros", "", "device", {c10::Device(c10::kCPU)}).toDevice().is_cpu());
  CHECK(box("aten::gelu", "", "approximate", {std::string("tanh")}).toStringRef() == "tanh");
  CHECK(box("aten::bernoulli", "", "generator", {NoneArgument{}}).isNone());
}

TEST_CASE("an argument of any type takes strings and numbers") {
  Boxing box;
  const char* const collective = "_c10d_functional::all_reduce";
  CHECK(box(collective, "", "group_name", {std::string("0")}).toStringRef() == "0");
  CHECK(box(collective, "", "group_name", {std::int64_t{3}}).toInt() == 3);
  CHECK_THROWS_AS(box(collective, "", "group_name", {NoneArgument{}}), ProgramError);
}

TEST_CASE("an argument of another kind is refused, naming it") {
  Boxing box;
  CHECK_THROWS_WITH_AS(box("aten::dropout", "", "p", {std::string("a")}),
                       "the argument 'p' (float) is a String", ProgramError);
  CHECK_THROWS_WITH_AS(box("aten::relu", "", "self", {NoneArgument{}}),
                       "the argument 'self' (Tensor) is None", ProgramError);
  CHECK_THROWS_WITH_AS(box("aten::relu", "", "self", tensors({"t"})),
                       "the argument 'self' (Tensor) is a list", ProgramError);
  CHECK_THROWS_AS(box("aten::zeros", "", "dtype", {std::int64_t{99}}), ProgramError);
  CHECK_THROWS_AS(box("aten::sum", "dim_IntList", "keepdim", {at::kHalf}), ProgramError);
  CHECK_THROWS_AS(box("aten::cat", "", "dim", {2.5}), ProgramError);
  CHECK_THROWS_AS(box("aten::relu", "", "self", tensor("missing")), ProgramError);
}
