#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/torch_save.h>

#include <limits>

#include "export/program/pickle/example_inputs.h"
#include "export/program/pickle/unpickler.h"
#include "export/program/storage_types.h"

using namespace roundtrip;

namespace {

std::string_view view(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}

Value there_and_back(const Value& value) {
  return torch_load(view(torch_save(value)));
}

pickle::ObjectPtr unpickle_alone(std::string_view text) {
  pickle::Environment environment;
  environment.is_known_name = [](const std::string& name) { return name == "torch.float32"; };
  environment.persistent_load = [](const pickle::Objects&) { return pickle::Object{}; };
  return pickle::unpickle(text, environment);
}

}  // namespace

TEST_CASE("plain values survive") {
  Value ordered = Container{.type = "collections.OrderedDict",
                            .keys = {"b", 1, 2.5, true, Value()},
                            .items = {1, 2, 3, 4, Value::list({})}};
  Value value =
      Value::tuple({1, -1, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::min(), 0.1,
                    -0.0, std::complex<double>(1, -2), true, false, Value(), "grün", ordered,
                    Value::dict({{"z", Value::tuple({})}, {"a", 1}}),
                    Container{.type = "torch.Size", .keys = {}, .items = {2, 3}}});
  CHECK(bitwise_equal(there_and_back(value), value));
}

TEST_CASE("tensors of every dtype survive") {
  using enum c10::ScalarType;
  for (auto dtype : {Byte,          Char,         Short,           Int,
                     Long,          Half,         Float,           Double,
                     ComplexHalf,   ComplexFloat, ComplexDouble,   Bool,
                     BFloat16,      UInt16,       UInt32,          UInt64,
                     Float8_e4m3fn, Float8_e5m2,  Float8_e4m3fnuz, Float8_e5m2fnuz,
                     Float8_e8m0fnu}) {
    CAPTURE(dtype_name(dtype));
    auto tensor = at::arange(32, at::kByte).view(dtype);
    CHECK(bitwise_equal(there_and_back(tensor), tensor));
  }
}

TEST_CASE("strides, offsets, gradients and shared storages survive") {
  auto base = at::arange(12, at::kFloat);
  auto view = base.view({3, 4}).t().slice(0, 1, 4, 2);
  auto loaded = there_and_back(
      Value::tuple({base, view, at::zeros({0, 3}), at::ones({}, at::kDouble).expand({5}),
                    at::ones({2}).requires_grad_(), at::_conj(at::ones({2}, at::kComplexFloat))}));
  CHECK(bitwise_equal(loaded[1], view));
  CHECK(loaded[1].tensor().strides() == view.strides());
  CHECK(loaded[0].tensor().storage().is_alias_of(loaded[1].tensor().storage()));
  CHECK(loaded[2].tensor().sizes() == at::IntArrayRef{0, 3});
  CHECK(loaded[3].tensor().stride(0) == 0);
  CHECK(loaded[4].tensor().requires_grad());
  CHECK_FALSE(loaded[5].tensor().is_conj());
}

TEST_CASE("tensors of the meta device have sizes, strides and no data") {
  const auto meta = at::TensorOptions(at::kMeta);
  const at::Tensor tensor = at::empty({2, 3}, meta.dtype(at::kBFloat16)).t().requires_grad_();
  const at::Tensor read = torch_load(view(torch_save(tensor))).tensor();
  CHECK(read.is_meta());
  CHECK((read.scalar_type() == at::kBFloat16));
  CHECK(read.sizes() == at::IntArrayRef{3, 2});
  CHECK(read.strides() == at::IntArrayRef{1, 3});
  CHECK(read.requires_grad());
}

TEST_CASE("a tensor that occurs twice stays one tensor, another of its storage another") {
  const auto base = at::arange(3, at::kFloat);
  const auto loaded = there_and_back(Value::tuple({base, Value::list({base}), base.detach()}));
  CHECK(loaded[1][0].tensor().is_same(loaded[0].tensor()));
  CHECK_FALSE(loaded[2].tensor().is_same(loaded[0].tensor()));
}

TEST_CASE("what cannot be written as plain data is refused by name") {
  Value point = Container{.type = "my.Point", .keys = {}, .items = {1}};
  CHECK_THROWS_WITH_AS(torch_save(point), "a my.Point cannot be written as plain data",
                       UnsupportedError);
  CHECK_THROWS_AS(torch_save(at::ones({2, 2}).to_sparse()), UnsupportedError);
  CHECK(encode_example_inputs({{point}, {}}).view.empty());
}

TEST_CASE("example inputs keep positional and keyword order") {
  ExampleInputs inputs{{at::ones({2}), 3}, {{"scale", 2.0}, {"bias", Value()}}};
  auto bytes = encode_example_inputs(inputs);
  auto decoded = decode_example_inputs(bytes);
  REQUIRE(decoded);
  CHECK(bitwise_equal(decoded->args[0], inputs.args[0]));
  CHECK(decoded->args[1].to_int() == 3);
  REQUIRE(decoded->kwargs.size() == 2);
  CHECK(decoded->kwargs[0].first == "scale");
  CHECK(decoded->kwargs[1].second.is_none());
  CHECK_FALSE(decode_example_inputs({}));

  auto wrong = std::make_shared<Bytes>(torch_save(Value::tuple({1})));
  CHECK_THROWS_WITH_AS(
      decode_example_inputs({view(*wrong), wrong}),
      "record 'data/sample_inputs/model.pt': the example inputs are not (args, kwargs)",
      ArchiveError);
}

TEST_CASE("a pickle can call nothing of its own choice") {
  CHECK_THROWS_WITH_AS(unpickle_alone("\x80\x02"
                                      "cos\nsystem\n)R."),
                       "it holds an object of 'os.system', a class or function that is never "
                       "unpickled",
                       UnsupportedError);
  CHECK_THROWS_AS(unpickle_alone("ctorch\nfloat32\n)R."), ArchiveError);  // a name, not a function
  for (const char* instance : {"\x80\x02)\x81.", "ctorch\nfloat32\n)\x81}b."}) {  // NEWOBJ, BUILD
    CHECK_THROWS_AS(unpickle_alone(instance), ArchiveError);
  }
  CHECK_THROWS_AS(unpickle_alone("\x80\x05."), UnsupportedError);
}

TEST_CASE("objects of foreign classes may lie where nothing looks at them") {
  pickle::Environment environment;
  environment.is_known_name = [](const std::string&) { return false; };
  environment.passes_foreign = true;
  // A call, an instance with a state, a list's and a dict's subclass that are filled.
  for (const char* foreign : {"cposix\nsystem\nK\x01\x85R", "cm\nC\n)\x81}b",
                              "cm\nC\n)\x81K\x01"
                              "a",
                              "cm\nC\n)\x81(K\x01K\x02u"}) {
    CAPTURE(foreign);
    const auto pair = pickle::unpickle(std::string("(K\x07") + foreign + "t.", environment);
    const auto& items = pickle::as<pickle::Sequence>(pair).items;
    CHECK(pickle::as<std::int64_t>(items.at(0)) == 7);
    CHECK_THROWS_AS(pickle::as<pickle::Sequence>(items.at(1)), UnsupportedError);
  }
}

TEST_CASE("objects have no cycles and do not nest without end") {
  const auto refused = [](const std::string& text) {
    try {
      unpickle_alone(text);
    } catch (const ArchiveError& error) {
      return std::string(error.what());
    }
    return std::string("not refused");
  };
  CHECK(refused(")" + std::string(2000, '\x85') + ".").ends_with("it nests without end"));
  CHECK(refused("]" + std::string(2000, ']') + std::string(2000, 'a') + ".")
            .ends_with("it nests without end"));
  const std::string part = "a container changes after it became part of another";
  CHECK(refused("]q\x01h\x01"
                "a.")
            .ends_with(part));  // a list in itself
  CHECK(refused("]]q\x01"
                "ah\x01K\x01"
                "a.")
            .ends_with(part));  // an inner list grows
  CHECK(refused("Nr\xff\xff\xff\x7f.").ends_with("an unknown memo number"));
}

TEST_CASE("damaged pickles are refused") {
  using namespace std::string_literals;
  for (const auto& text : {""s, "K"s, "."s, "t."s, "(K\x01s."s, "h\x07."s, "X\xff\xff\xff\xffyy"s,
                           "K\x01K\x02"
                           "a."s,
                           "(K\x01u."s, "cabc"s, "K\x01Q."s, "(\x85."s}) {
    CAPTURE(text);
    CHECK_THROWS_AS(unpickle_alone(text), ArchiveError);
  }
  CHECK_THROWS_AS(torch_load("not a zip"), ArchiveError);
}

TEST_CASE("a tensor of zeros without memory is written as zeros") {
  const at::Tensor zeros = at::_efficientzerotensor({2, 3}, at::kFloat);
  const Bytes bytes = torch_save(Value(zeros));
  const at::Tensor read = torch_load({bytes.data(), bytes.size()}).tensor();
  CHECK(at::equal(read, at::zeros({2, 3})));
}
